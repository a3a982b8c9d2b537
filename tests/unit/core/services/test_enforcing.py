import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.domain.mapping import Cause, Mapping
from core.domain.people import Standing, System
from core.domain.policy import NOBODY, Policy, PortSet, Principals, Rule
from core.domain.sources import Sources
from core.domain.states import State
from core.services.enforcing import Enforcing
from tests.unit.core.samples import ALICE, CAROL, POLICY, RULE, SRE
from tests.unit.core.services.town import Town

ENOUGH = 2.5
FORBIDDING: dict[str, tuple[Rule, ...]] = {
    "the namespace": (),
    "the port": (replace(RULE, ports=PortSet(frozenset({"web"}))),),
    "the callers": (replace(RULE, sources=Sources.parse("10.9.0.0/16")),),
    "whoever asked": (replace(RULE, requesters=NOBODY),),
}


@pytest.fixture
async def mapping(town: Town) -> AsyncIterator[Mapping]:
    """Something open, in a town where the policy is held against it."""
    async with town.process("one", Enforcing(lambda: town.policy, town.directory).run):
        yield await town.open()


def enforced(*rules: Rule) -> Policy:
    return Policy(rules, POLICY.operators, enforce_on_open=True)


@pytest.mark.parametrize("what", FORBIDDING)
async def test_what_a_new_policy_does_not_permit_is_revoked_where_it_is_to_be(
    town: Town, mapping: Mapping, what: str
) -> None:
    connection = town.connect(mapping)
    town.policy = enforced(*FORBIDDING[what])
    await asyncio.sleep(ENOUGH)
    over = await town.now(mapping)
    assert (over.state, connection.alive) == (State.CLOSED, False)
    assert over.ending is not None
    assert (over.ending.cause, over.ending.by) == (Cause.REVOKED, System.POLICY)
    assert "revoked:requester" in await town.told(over)


@pytest.mark.parametrize("what", FORBIDDING)
async def test_else_it_stays_open_and_the_operators_are_told_once(town: Town, mapping: Mapping, what: str) -> None:
    town.policy = Policy(FORBIDDING[what], POLICY.operators)
    await asyncio.sleep(2 * ENOUGH)
    kept = await town.now(mapping)
    assert (kept.state, bool(kept.forbidden)) == (State.OPEN, True)
    [told] = await town.notices(mapping, "forbidden")
    assert told.facts == {"why": kept.forbidden, "operators": CAROL.user}
    town.policy = POLICY
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).forbidden == ""


async def test_a_rule_says_otherwise_than_the_policy_for_all(town: Town, mapping: Mapping) -> None:
    lenient = replace(RULE, requesters=NOBODY, enforce_on_open=False)
    town.policy = enforced(lenient)
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).state is State.OPEN
    town.policy = Policy((replace(lenient, enforce_on_open=True),))
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).state is State.CLOSED


@pytest.mark.parametrize(
    "change",
    [{"max_ttl": RULE.max_ttl / 2}, {"approvals": 3}, {"requesters": Principals(users=frozenset({ALICE.user}))}],
)
async def test_what_is_permitted_goes_on(town: Town, mapping: Mapping, change: dict[str, Any]) -> None:
    town.policy = enforced(replace(RULE, **change))
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).state is State.OPEN


async def test_nobody_is_cut_because_the_directory_does_not_know_them_at_the_moment(
    town: Town, mapping: Mapping
) -> None:
    town.directory.reachable = False
    town.policy = enforced(replace(RULE, requesters=Principals(groups=frozenset({SRE}))))
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).state is State.OPEN
    town.directory.reachable = True
    town.directory.unreadable.add(SRE)
    await asyncio.sleep(4 * ENOUGH)
    assert (await town.now(mapping)).state is State.OPEN
    town.directory.unreadable.clear()
    town.policy = enforced(replace(RULE, requesters=Principals(groups=frozenset({SRE})), approvals=2))
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).state is State.CLOSED


async def test_what_changed_while_nobody_looked_is_seen_at_the_next_start(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    town.policy = enforced()
    async with town.process("two", Enforcing(lambda: town.policy, town.directory).run):
        await asyncio.sleep(ENOUGH + 15)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_whoever_left_loses_it_at_the_next_change(town: Town, mapping: Mapping) -> None:
    town.directory.add(ALICE, standing=Standing.DEACTIVATED)
    town.policy = enforced(replace(RULE, approvals=2))
    await asyncio.sleep(ENOUGH)
    assert (await town.now(mapping)).state is State.CLOSED
