import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import (
    AlreadyDelivered,
    ClusterForbidden,
    ClusterUnreachable,
    DirectoryUnreachable,
    NoSuchMapping,
    PodProxierError,
    StorageUnavailable,
)
from core.domain.mapping import Mapping, MappingId, Place, Reference, Stale, Terms, WrongState
from core.domain.people import Person, Standing, TeamId, UserId
from core.domain.policy import Policy, PortSet, Principals, Rule
from core.domain.port_pool import NoFreePort
from core.domain.refusals import (
    AlreadyVoted,
    AskerMayNot,
    NamespaceNotAllowed,
    NoSuchPod,
    NotAMember,
    NotYours,
    OverLimit,
    OwnRequest,
    PodUnusable,
    PortNotAllowed,
    PortUnclear,
    SourceNotPermitted,
    SourceRequired,
    TargetChanged,
    TtlTooLong,
)
from core.domain.route import PortRange
from core.domain.states import State
from core.domain.target import PodUid
from core.services.access import Requested, Who
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, HOUR, POLICY, RULE, SRE, ask, operators, pod
from tests.unit.core.services.town import REST, SOON, Town

EVE = Person(TeamId("T1"), UserId("UEVE"))
UNATTENDED = replace(RULE, approvals=0)


def under(town: Town, rule: Rule) -> None:
    """Put a rule in force."""
    town.policy = Policy((rule,), POLICY.operators)


async def ask_for(
    town: Town, target: str = "payments/api-0:5005", who: Who | None = None, sources: str | None = None
) -> Requested:
    return await town.access.request(ask(target, sources=sources), who or Who(ALICE), Place("C1"))


def by_id(mapping: Mapping) -> Reference:
    return Reference(mapping_id=mapping.id)


# -- request ----------------------------------------------------------------------------------------------------------


async def test_a_request_waits_for_its_decision(town: Town) -> None:
    made = await ask_for(town)
    assert (made.known, made.mapping.state, made.mapping.port) == (False, State.REQUESTED, None)
    assert await town.record(made.mapping.id) == ["request"]


async def test_where_no_approval_is_needed_it_is_granted_at_once(town: Town) -> None:
    under(town, UNATTENDED)
    made = await ask_for(town)
    assert (made.mapping.state, made.mapping.port) == (State.APPROVED, 10_000)
    assert await town.record(made.mapping.id) == ["request", "grant"]


async def test_asking_again_brings_back_what_is_there(town: Town) -> None:
    first = (await ask_for(town)).mapping
    assert await ask_for(town) == Requested(first, known=True)
    async with town.process():
        await town.approve(first)
        await asyncio.sleep(SOON)
        again = await ask_for(town, "payments/api-0")  # its port named debug
        assert (again.known, again.mapping.id, again.mapping.state) == (True, first.id, State.OPEN)
    assert await town.record() == ["request", "grant", "opened"]


async def test_asking_with_other_sources_or_for_a_new_incarnation_asks_anew(town: Town) -> None:
    first = (await ask_for(town)).mapping
    other = await ask_for(town, sources="10.1.2.3")
    assert not other.known
    town.cluster.put(pod(uid=PodUid("another")))
    anew = await ask_for(town)
    assert (anew.known, anew.mapping.endpoint.uid) == (False, "another")
    assert len({first.id, other.mapping.id, anew.mapping.id}) == 3


async def test_somebody_else_s_wish_is_their_own(town: Town) -> None:
    await ask_for(town)
    assert not (await ask_for(town, who=Who(BOB))).known


async def test_two_requests_of_one_wish_at_once_make_one_mapping(town: Town) -> None:
    made = await asyncio.gather(*(ask_for(town) for _ in range(5)))
    assert len({each.mapping.id for each in made}) == 1
    assert sorted(each.known for each in made) == [False, True, True, True, True]


async def test_a_name_that_is_no_pod_is_answered_with_the_ready_ones(town: Town) -> None:
    town.cluster.put(pod("api-2", ready=False))
    with pytest.raises(NoSuchPod) as raised:
        await ask_for(town, "payments/api:5005")
    assert [near.ref.name for near in raised.value.near] == ["api-0", "api-1"]


@pytest.mark.parametrize(
    ("target", "rule", "error"),
    [
        ("search/api-0:5005", RULE, NamespaceNotAllowed),
        ("payments/api-0:5005", replace(RULE, requesters=operators(BOB)), NamespaceNotAllowed),
        ("payments/nobody-0:5005", RULE, NoSuchPod),
        ("payments/api-0:grpc", RULE, PortUnclear),
        ("payments/api-0:8080", replace(RULE, ports=PortSet(frozenset({"debug"}))), PortNotAllowed),
        ("payments/api-0:5005", replace(RULE, source_required=True), SourceRequired),
        ("payments/api-0:5005", replace(RULE, max_ttl=timedelta(minutes=1)), TtlTooLong),
    ],
)
async def test_a_refusal_makes_no_mapping_but_one_entry(
    town: Town, target: str, rule: Rule, error: type[PodProxierError]
) -> None:
    under(town, rule)
    with pytest.raises(error):
        await ask_for(town, target)
    (entry,) = await town.transactions.read(lambda uow: uow.audit.latest())
    assert (entry.event, entry.actor, entry.mapping_id) == ("refused:request", ALICE, None)
    assert (entry.detail["why"], entry.detail["target"]) == (error.__name__, target)
    assert await town.transactions.read(lambda uow: uow.mappings.live()) == []


async def test_sources_that_are_not_permitted_are_refused(town: Town) -> None:
    with pytest.raises(SourceNotPermitted):
        await ask_for(town, sources="8.8.8.8")


async def test_a_pod_that_cannot_be_reached_is_refused(town: Town) -> None:
    town.cluster.put(pod(address=None))
    with pytest.raises(PodUnusable):
        await ask_for(town)
    assert await town.record() == ["refused:request"]


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
async def test_nobody_but_members_gets_anywhere(town: Town, standing: Standing) -> None:
    mapping = (await ask_for(town)).mapping
    town.directory.add(EVE, standing=standing)
    who, access = Who(EVE), town.access
    verbs: list[Callable[[], Awaitable[object]]] = [
        lambda: ask_for(town, who=who),
        lambda: access.approve(mapping.id, who),
        lambda: access.deny(mapping.id, who),
        lambda: access.close(by_id(mapping), who),
        lambda: access.extend(by_id(mapping), HOUR, who),
        lambda: access.retry(mapping.id, who),
        lambda: access.approve_extension(mapping.id, who),
        lambda: access.deny_extension(mapping.id, who),
        lambda: access.turn_away(who, standing),
    ]
    for verb in verbs:
        with pytest.raises(NotAMember):
            await verb()
    assert [event.partition(":")[0] for event in await town.record()] == ["request", *["refused"] * len(verbs)]


@pytest.mark.parametrize("error", [ClusterUnreachable("here"), ClusterForbidden("get", "pods", "payments")])
async def test_a_cluster_that_does_not_tell_grants_nothing(town: Town, error: ClusterUnreachable) -> None:
    mapping = (await ask_for(town)).mapping
    town.cluster.fail_with(error)
    with pytest.raises(type(error)):
        await ask_for(town, "payments/db-0:5005")
    with pytest.raises(type(error)):
        await town.approve(mapping)
    assert await town.record() == ["request"]


async def test_a_database_that_is_full_leaves_nothing_half_done(town: Town) -> None:
    town.storage.fail_with(StorageUnavailable("full"), on="commit")
    with pytest.raises(StorageUnavailable):
        await ask_for(town)
    town.storage.fail_with(None, on="commit")
    assert await town.record() == []


# -- ports ------------------------------------------------------------------------------------------------------------


async def test_without_a_free_port_it_is_told_at_once_when_the_next_one_frees(town: Town) -> None:
    small = Town(town.loop, Policy((UNATTENDED,)), PortRange(10_000, 10_000))
    async with small.process():
        first = await small.request()
        await asyncio.sleep(SOON)
        with pytest.raises(NoFreePort) as raised:
            await small.request("payments/db-0:5005")
        assert raised.value.next_free == (await small.now(first)).expires_at + REST  # type: ignore[operator]  # it is open
        assert await small.record() == ["request", "grant", "opened", "refused:request"]


async def test_a_request_goes_on_waiting_where_there_is_no_port_to_grant(town: Town) -> None:
    small = Town(town.loop, ports=PortRange(10_000, 10_000))
    first, second = await small.request(), await small.request("payments/db-0:5005")
    await small.approve(first)
    with pytest.raises(NoFreePort):
        await small.approve(second)
    waiting = await small.now(second)
    assert (waiting.state, waiting.votes) == (State.REQUESTED, ())


async def test_a_port_rests_before_it_goes_to_somebody_else_and_comes_back_to_its_own(town: Town) -> None:
    small = Town(town.loop, ports=PortRange(10_000, 10_000))
    async with small.process():
        mapping = await small.open()
        await small.close(mapping)
        await asyncio.sleep(SOON)
        stranger = await small.request("payments/db-0:5005", who=BOB)
        with pytest.raises(NoFreePort):
            await small.approve(stranger, CAROL)
        again = await small.open()
        assert again.port == 10_000
        await small.close(again)
        await asyncio.sleep(REST.total_seconds() + 1)
        assert (await small.approve(stranger, CAROL)).port == 10_000


# -- approve and deny -------------------------------------------------------------------------------------------------


async def test_an_approval_counts_no_longer_once_whoever_gave_it_has_left_the_group(town: Town) -> None:
    under(
        town, replace(RULE, approvals=2, approvers=Principals(users=frozenset({CAROL.user}), groups=frozenset({SRE})))
    )
    waiting = await town.approve(await town.request(), DAVE)
    town.directory.add(DAVE)
    counted = await town.approve(waiting, CAROL)
    assert (counted.state, [vote.person for vote in counted.void_votes]) == (State.REQUESTED, [DAVE])
    town.directory.add(BOB, [SRE])
    assert (await town.approve(waiting, BOB)).state is State.APPROVED


async def test_nothing_is_granted_while_nobody_knows_whether_an_approval_still_counts(town: Town) -> None:
    under(
        town, replace(RULE, approvals=2, approvers=Principals(users=frozenset({CAROL.user}), groups=frozenset({SRE})))
    )
    waiting = await town.approve(await town.request(), DAVE)
    town.directory.unreadable.add(SRE)
    with pytest.raises(DirectoryUnreachable):
        await town.approve(waiting, CAROL)
    assert (await town.now(waiting)).votes == waiting.votes


async def test_the_slower_of_two_is_told_who_was_first_and_what_they_decided(town: Town) -> None:
    mapping = (await ask_for(town)).mapping
    results = await asyncio.gather(
        town.approve(mapping), town.access.deny(mapping.id, Who(CAROL)), return_exceptions=True
    )
    lost = [result for result in results if isinstance(result, WrongState)]
    assert len(lost) == 1
    assert lost[0].mapping.votes or lost[0].mapping.ending
    assert len(await town.record(mapping.id)) == 2


async def test_whoever_asks_never_approves_not_even_an_operator(town: Town) -> None:
    mapping = (await ask_for(town, who=Who(CAROL))).mapping
    with pytest.raises(OwnRequest):
        await town.approve(mapping, CAROL)
    assert await town.record(mapping.id) == ["request", "refused:approve"]


async def test_as_many_others_as_the_rule_asks_for_have_to_agree(town: Town) -> None:
    under(town, replace(RULE, approvals=2))
    mapping = (await ask_for(town)).mapping
    assert (await town.approve(mapping, BOB)).state is State.REQUESTED
    with pytest.raises(AlreadyVoted):
        await town.approve(mapping, BOB)
    assert (await town.approve(mapping, CAROL)).state is State.APPROVED
    assert await town.record(mapping.id) == ["request", "approve", "refused:approve", "grant"]


async def test_groups_are_asked_of_the_directory_at_the_moment_of_the_decision(town: Town) -> None:
    under(town, replace(RULE, approvers=Principals(groups=frozenset({SRE}))))
    mapping = (await ask_for(town)).mapping
    with pytest.raises(NotYours):
        await town.approve(mapping, BOB)
    town.directory.unreadable.add(SRE)
    with pytest.raises(NotYours):
        await town.approve(mapping, DAVE)
    town.directory.unreadable.clear()
    assert (await town.approve(mapping, DAVE)).state is State.APPROVED


async def test_what_somebody_asked_for_who_may_not_any_more_is_not_granted(town: Town) -> None:
    mapping = (await ask_for(town)).mapping
    town.directory.add(ALICE, standing=Standing.DEACTIVATED)
    with pytest.raises(AskerMayNot):
        await town.approve(mapping)
    town.directory.add(ALICE)
    under(town, replace(RULE, requesters=operators(BOB)))
    with pytest.raises(AskerMayNot) as raised:
        await town.approve(mapping)
    assert raised.value.asker == ALICE
    under(town, RULE)
    assert (await town.approve(mapping)).state is State.APPROVED
    assert await town.record(mapping.id) == ["request", "refused:approve", "refused:approve", "grant"]


async def test_a_button_of_other_terms_is_refused_and_leaves_no_entry(town: Town) -> None:
    mapping = (await ask_for(town)).mapping
    with pytest.raises(Stale):
        await town.approve(mapping, drawn=Terms(7))
    assert await town.record() == ["request"]


@pytest.mark.parametrize("there", [pod(uid=PodUid("another")), pod(deleting=True)], ids=["replaced", "being deleted"])
async def test_a_pod_that_is_another_one_by_now_is_never_granted(town: Town, there: object) -> None:
    mapping = (await ask_for(town)).mapping
    town.cluster.put(there)  # type: ignore[arg-type]  # a pod
    with pytest.raises(TargetChanged):
        await town.approve(mapping)
    assert (await town.now(mapping)).state is State.REFUSED
    assert await town.record(mapping.id) == ["request", "target_gone"]


async def test_nor_is_one_that_is_gone(town: Town) -> None:
    mapping = (await ask_for(town)).mapping
    town.cluster.delete(mapping.target.pod)
    with pytest.raises(TargetChanged, match="was deleted"):
        await town.approve(mapping)
    with pytest.raises(WrongState):
        await town.approve(mapping)


async def test_a_denial_ends_it(town: Town) -> None:
    mapping = (await ask_for(town)).mapping
    assert (await town.access.deny(mapping.id, Who(BOB))).state is State.DENIED
    assert "denied:requester" in await town.told(mapping)


async def test_what_nobody_knows_cannot_be_decided(town: Town) -> None:
    for verb in (town.access.approve, town.access.deny, town.access.retry):
        with pytest.raises(NoSuchMapping):
            await verb(MappingId(4711), Who(BOB))
    with pytest.raises(NoSuchMapping):
        await town.access.close(Reference(port=10_000), Who(BOB))


# -- close and extend -------------------------------------------------------------------------------------------------


async def test_a_mapping_is_found_by_its_port_and_a_refusal_names_it(town: Town) -> None:
    under(town, replace(RULE, approvers=operators(BOB)))
    async with town.process():
        mapping = await town.open()
        assert mapping.port is not None
        with pytest.raises(NotYours):
            await town.access.close(Reference(port=mapping.port), Who(DAVE))
        (entry,) = await town.transactions.read(lambda uow: uow.audit.latest(1))
        assert (entry.event, entry.mapping_id) == ("refused:close", mapping.id)
        assert entry.detail["target"] == "payments/api-0:5005"
        closed = await town.access.close(Reference(port=mapping.port), Who(ALICE))
        assert closed.state is State.CLOSING


async def test_with_the_directory_away_nothing_is_granted_and_everything_can_be_closed(town: Town) -> None:
    under(town, replace(RULE, approvers=Principals(groups=frozenset({SRE}))))
    async with town.process():
        waiting = await town.request("payments/db-0:5005")
        first = await town.request()
        await town.approve(first, DAVE)
        second = await town.request("payments/api-0:8080")
        await town.approve(second, DAVE)
        await asyncio.sleep(SOON)
        town.directory.reachable = False
        for verb in (
            lambda: ask_for(town, "payments/api-1:5005"),
            lambda: town.approve(waiting, DAVE),
            lambda: town.extend(first),
        ):
            with pytest.raises(DirectoryUnreachable):
                await verb()
        assert (await town.close(first)).state is State.CLOSING
        assert (await town.close(second, BOB)).state is State.CLOSING


async def test_taking_back_a_request_needs_no_directory(town: Town) -> None:
    mapping = (await ask_for(town)).mapping
    town.directory.reachable = False
    assert (await town.close(mapping)).state is State.WITHDRAWN


async def test_an_extension_past_the_limit_is_refused_and_entered(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        with pytest.raises(TtlTooLong):
            await town.extend(mapping, 5 * HOUR)
        await town.extend(mapping, 2 * HOUR)
        with pytest.raises(OverLimit):
            await town.extend(mapping, HOUR)
        assert (await town.record(mapping.id)).count("refused:extend") == 2


async def test_more_time_by_others_leave(town: Town) -> None:
    under(town, replace(RULE, extension_approvals=1))
    async with town.process():
        mapping = await town.open()
        asked = await town.extend(mapping)
        assert asked.expires_at == mapping.expires_at
        with pytest.raises(OwnRequest):
            await town.access.approve_extension(mapping.id, Who(ALICE), asked.terms)
        agreed = await town.access.approve_extension(mapping.id, Who(BOB), asked.terms)
        assert agreed.expires_at is not None
        assert mapping.expires_at is not None
        assert agreed.expires_at > mapping.expires_at
        await town.extend(agreed)
        refused = await town.access.deny_extension(mapping.id, Who(BOB))
        assert (refused.expires_at, refused.extension) == (agreed.expires_at, None)


async def test_two_clicks_on_one_extend_button_extend_once(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        clicks = [town.access.extend(by_id(mapping), timedelta(minutes=5), Who(ALICE), mapping.terms) for _ in range(2)]
        first, second = await asyncio.gather(*clicks, return_exceptions=True)
        assert isinstance(first, Mapping)
        assert isinstance(second, Stale)


# -- deliveries -------------------------------------------------------------------------------------------------------


async def test_a_delivery_is_taken_once_whatever_came_of_it(town: Town) -> None:
    made = await ask_for(town, who=Who(ALICE, "d1"))
    assert not made.known
    with pytest.raises(AlreadyDelivered):
        await ask_for(town, "payments/db-0:5005", Who(ALICE, "d1"))
    assert (await ask_for(town, who=Who(ALICE, "d2"))).known
    with pytest.raises(AlreadyDelivered):
        await ask_for(town, who=Who(ALICE, "d2"))
    with pytest.raises(OwnRequest):
        await town.access.approve(made.mapping.id, Who(ALICE, "d3"))
    with pytest.raises(AlreadyDelivered):
        await town.access.approve(made.mapping.id, Who(ALICE, "d3"))
    await town.access.approve(made.mapping.id, Who(BOB, "d4"))
    with pytest.raises(AlreadyDelivered):
        await town.access.approve(made.mapping.id, Who(BOB, "d4"))
    assert await town.record() == ["request", "refused:approve", "grant"]


async def test_a_delivery_that_failed_for_an_outside_reason_may_come_again(town: Town) -> None:
    town.cluster.fail_with(ClusterUnreachable("here"))
    with pytest.raises(ClusterUnreachable):
        await ask_for(town, who=Who(ALICE, "d1"))
    town.cluster.recover()
    assert not (await ask_for(town, who=Who(ALICE, "d1"))).known
