import asyncio
from dataclasses import replace

import pytest

from core.domain.mapping import Mapping
from core.domain.people import Client
from core.domain.policy import Policy, Principals, Rule
from core.domain.quotas import QuotaReached
from core.domain.route import PortRange
from core.domain.states import State
from core.domain.target import Kind, Target
from core.services.access import Terrain, Who
from core.services.direct import Direct
from tests.unit.core.samples import ALICE, BOB, CAROL, POLICY, PORTS, RULE, ask
from tests.unit.core.services.town import REST, TTL, Town

FREE = replace(RULE, approvals=0)
TARGETS = ("payments/api-0:5005", "payments/api-1:5005", "payments/db-0:5432")


def under(town: Town, *rules: Rule, most: int | None = None) -> None:
    town.policy = Policy(rules, POLICY.operators, max_open=most)


async def test_nobody_has_more_at_once_than_the_policy_gives(town: Town) -> None:
    under(town, RULE, most=2)
    first, second = [await town.request(target) for target in TARGETS[:2]]
    with pytest.raises(QuotaReached, match="2 at once is the most for one person") as raised:
        await town.request(TARGETS[2])
    assert raised.value.own == (first, second)
    assert raised.value.hint == "close one of them first: m1 and m2"
    assert (await town.request(TARGETS[2], who=BOB)).state is State.REQUESTED
    await town.close(first)
    assert (await town.request(TARGETS[2])).state is State.REQUESTED


async def test_what_is_refused_for_a_quota_is_recorded(town: Town) -> None:
    under(town, replace(RULE, max_open=1))
    await town.request(TARGETS[0])
    with pytest.raises(QuotaReached):
        await town.request(TARGETS[1])
    assert [entry.event for entry in town.storage.tables.audit] == ["request", "refused:request"]


async def test_a_rule_s_quota_counts_what_lies_under_it(town: Town) -> None:
    under(town, replace(FREE, namespaces=("elsewhere",)), replace(FREE, max_open=1))
    await town.request(TARGETS[0])
    with pytest.raises(QuotaReached, match="for one person here"):
        await town.request(TARGETS[1])


async def test_a_namespace_s_quota_counts_what_everybody_has(town: Town) -> None:
    under(town, replace(FREE, max_open_per_namespace=2))
    await town.request(TARGETS[0], who=BOB)
    await town.request(TARGETS[1], who=CAROL)
    with pytest.raises(QuotaReached, match="in payments") as raised:
        await town.request(TARGETS[2], who=ALICE)
    assert (len(raised.value.held), raised.value.own) == (2, ())


async def test_two_at_once_are_not_both_the_last(town: Town) -> None:
    under(town, FREE, most=1)
    asked = await asyncio.gather(*(town.request(target) for target in TARGETS), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in asked) == ["Mapping", "QuotaReached", "QuotaReached"]


async def test_the_same_wish_again_is_no_further_one(town: Town) -> None:
    under(town, RULE, most=1)
    first = await town.request(TARGETS[0])
    assert await town.request(TARGETS[0]) == first


async def test_a_quota_that_has_shrunk_counts_for_the_grant_and_holds_up_no_two_requests(town: Town) -> None:
    first, second = [await town.request(target) for target in TARGETS[:2]]
    under(town, RULE, most=1)
    assert (await town.approve(first)).state is State.APPROVED
    with pytest.raises(QuotaReached):
        await town.approve(second)
    assert (await town.now(second)).votes == ()


async def test_programs_count_too(town: Town) -> None:
    under(town, replace(FREE, requesters=Principals(clients=frozenset({"ci"})), max_open=1))
    await town.access.request(ask(TARGETS[0]), Who(Client("ci")), None)
    with pytest.raises(QuotaReached):
        await town.access.request(ask(TARGETS[1]), Who(Client("ci")), None)


async def test_the_previous_service_s_api_is_bound_as_well_but_for_what_it_replaces(town: Town) -> None:
    town.gateway = type(town.gateway)(PORTS, town.clock, PortRange(8_849, 8_849))
    under(town, replace(RULE, v1=True), most=1)
    terrain = Terrain(town.ports, REST, entry=8_849)
    direct = Direct(town.transactions, town.cluster, lambda: town.policy, terrain)

    async def post(name: str, *, own_port: bool = False) -> Mapping:
        target = Target(Kind.POD, "payments", name, 5005)
        return (await direct.open(target, TTL, Who(Client("loopback")), own_port=own_port)).mapping

    async with town.process():
        await post("api-0")
        assert (await post("api-1")).state is State.OPEN
        with pytest.raises(QuotaReached):
            await post("db-0", own_port=True)
