"""An amendment against whatever else may come at the same moment, however the two fall together."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from core.domain.amending import Change
from core.domain.errors import ClusterUnreachable
from core.domain.mapping import Mapping, Stale, Terms, WrongState
from core.domain.policy import PRIVATE_NETWORKS, Policy
from core.domain.refusals import NotYours, TargetChanged
from core.domain.sources import Sources
from core.domain.states import State
from core.domain.target import PodUid
from core.services.access import Who
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, HOUR, MINUTE, RULE, operators, pod
from tests.unit.core.services.town import Town

LESS = Change(MINUTE, Sources.parse("10.1.2.3"), 5005)
TWO = replace(RULE, approvals=2)


async def amend(town: Town, mapping: Mapping, change: Change = LESS) -> Mapping:
    return await town.access.amending.amend(mapping.id, change, Who(BOB), Terms(1))


async def both(first: Awaitable[Mapping], second: Awaitable[Mapping], apart: int) -> list[Mapping | BaseException]:
    """Let the second begin so many steps of the loop after the first."""

    async def later() -> Mapping:
        for _ in range(apart):
            await asyncio.sleep(0)
        return await second

    return list(await asyncio.gather(first, later(), return_exceptions=True))


async def test_an_approver_is_shown_what_could_be_changed(town: Town) -> None:
    mapping = await town.request()
    shown = await town.access.amending.look(mapping.id, Who(BOB), Terms(1))
    assert (shown.mapping, [port.number for port in shown.ports]) == (mapping, [8080, 5005])
    town.policy = Policy((replace(RULE, approvers=operators(CAROL)),))
    with pytest.raises(NotYours):
        await town.access.amending.look(mapping.id, Who(BOB))
    assert await town.record() == ["request", "refused:amend"]


async def test_a_change_is_recorded_and_told(town: Town) -> None:
    mapping = await town.request()
    changed = await amend(town, mapping)
    assert (changed.ttl, changed.terms) == (MINUTE, 2)
    assert await town.record(mapping.id) == ["request", "amend"]
    assert await town.told(mapping) == ["amended:thread", "amended:requester"]
    granted = await town.approve(changed, BOB, Terms(2))
    assert (granted.state, granted.sources) == (State.APPROVED, LESS.sources)


async def test_a_request_whose_pod_is_gone_is_refused_instead(town: Town) -> None:
    mapping = await town.request()
    town.cluster.put(pod(uid=PodUid("another")))
    with pytest.raises(TargetChanged):
        await town.access.amending.look(mapping.id, Who(BOB))
    with pytest.raises(TargetChanged):
        await amend(town, mapping)
    assert (await town.now(mapping)).state is State.REFUSED


async def test_a_cluster_that_does_not_answer_changes_nothing(town: Town) -> None:
    mapping = await town.request()
    town.cluster.fail_with(ClusterUnreachable("here"))
    with pytest.raises(ClusterUnreachable):
        await amend(town, mapping)
    assert await town.now(mapping) == mapping


@pytest.mark.parametrize("apart", range(12))
@pytest.mark.parametrize("amended_first", [True, False])
async def test_an_approval_grants_what_its_giver_saw_or_nothing(
    town: Town,
    apart: int,
    amended_first: bool,  # noqa: FBT001 - a table's column
) -> None:
    mapping = await town.request(ttl=HOUR)
    verbs = [amend(town, mapping), town.approve(mapping, CAROL, Terms(1))]
    first, second = verbs if amended_first else verbs[::-1]
    outcomes = await both(first, second, apart)
    amended, granted = outcomes if amended_first else reversed(outcomes)
    now = await town.now(mapping)
    if isinstance(granted, Mapping):
        assert isinstance(amended, WrongState)
        assert (now.state, now.ttl, now.sources) == (State.APPROVED, HOUR, PRIVATE_NETWORKS)
    else:
        assert isinstance(granted, Stale)
        assert (now.state, now.ttl, now.sources) == (State.REQUESTED, LESS.ttl, LESS.sources)


@pytest.mark.parametrize("apart", range(12))
async def test_no_approval_of_other_terms_is_left(town: Town, apart: int) -> None:
    town.policy = Policy((TWO,))
    mapping = await town.request(ttl=HOUR)
    await both(town.approve(mapping, DAVE, Terms(1)), amend(town, mapping), apart)
    now = await town.now(mapping)
    assert (now.state, now.ttl, now.votes) == (State.REQUESTED, LESS.ttl, ())


@pytest.mark.parametrize("apart", range(12))
@pytest.mark.parametrize("amended_first", [True, False])
async def test_what_is_withdrawn_stays_withdrawn(town: Town, apart: int, amended_first: bool) -> None:  # noqa: FBT001 - a table's column
    mapping = await town.request(ttl=HOUR)
    verbs = [amend(town, mapping), town.close(mapping, ALICE)]
    first, second = verbs if amended_first else verbs[::-1]
    outcomes = await both(first, second, apart)
    amended, withdrawn = outcomes if amended_first else reversed(outcomes)
    assert isinstance(withdrawn, Mapping)
    assert isinstance(amended, Mapping | WrongState)
    now = await town.now(mapping)
    assert (now.state, now.port) == (State.WITHDRAWN, None)
    assert (await town.record(mapping.id))[-1] == "withdraw"


@pytest.mark.parametrize("apart", range(12))
async def test_of_two_changes_at_once_the_second_sees_that_it_came_second(town: Town, apart: int) -> None:
    mapping = await town.request(ttl=HOUR)
    other = town.access.amending.amend(mapping.id, replace(LESS, ttl=2 * MINUTE), Who(CAROL), Terms(1))
    outcomes = await both(amend(town, mapping), other, apart)
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == 1
    assert (await town.now(mapping)).terms == 2
