"""The same verbs for programs, and for people whom a token stands for."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.mapping import IN_PERSON, NOWHERE, Cause, Mapping, Place, Reference
from core.domain.people import Client
from core.domain.policy import ANYONE, Policy, Principals
from core.domain.refusals import AskerMayNot, KeyReused, NamespaceNotAllowed, NotYours, OnlyPeopleDecide, OwnRequest
from core.domain.states import State
from core.services.access import Access, Requested, Terrain, Who
from tests.unit.core.samples import ALICE, BOB, HOUR, MINUTE, POLICY, PORTS, RULE, ask
from tests.unit.core.services.town import REST, SOON, Town

CI, ETL = Client("ci"), Client("etl")
FOR_CI = replace(RULE, requesters=Principals(anyone=True, clients=frozenset({"ci"})))
DAY = timedelta(days=1)


@pytest.fixture
async def town() -> Town:
    """A town where one program may ask."""
    return Town(asyncio.get_running_loop(), policy=Policy((FOR_CI,), POLICY.operators))


def door(town: Town, announce: str | None = None) -> Access:
    """What the API asks through; it has no place of its own."""
    terrain = Terrain(PORTS, REST, announce=announce)
    return Access(town.transactions, town.cluster, town.directory, lambda: town.policy, terrain)


async def ask_for(
    town: Town, who: Who | None = None, target: str = "payments/api-0:5005", key: str | None = None
) -> Requested:
    return await door(town).request(ask(target), who or Who(CI), None, key=key)


def by_id(mapping: Mapping) -> Reference:
    return Reference(mapping_id=mapping.id)


# -- programs ---------------------------------------------------------------------------------------------------------


async def test_a_program_that_the_rule_names_asks_and_people_approve(town: Town) -> None:
    async with town.process():
        asked = (await ask_for(town)).mapping
        assert (asked.state, asked.requester) == (State.REQUESTED, CI)
        await town.approve(asked, BOB)
        await asyncio.sleep(SOON)
        assert (await town.now(asked)).state is State.OPEN


async def test_a_program_that_the_rule_does_not_name_may_not_ask(town: Town) -> None:
    with pytest.raises(NamespaceNotAllowed):
        await ask_for(town, Who(ETL))
    town.policy = Policy((replace(RULE, requesters=ANYONE),))
    with pytest.raises(NamespaceNotAllowed):
        await ask_for(town)
    assert await town.record() == ["refused:request", "refused:request"]


async def test_a_program_decides_nothing(town: Town) -> None:
    asked = await town.request()
    for verb in (town.access.approve, town.access.deny):
        with pytest.raises(OnlyPeopleDecide):
            await verb(asked.id, Who(CI, operator=True))


async def test_a_program_whose_leave_was_taken_back_gets_no_port(town: Town) -> None:
    asked = (await ask_for(town)).mapping
    town.policy = Policy((RULE,))
    with pytest.raises(AskerMayNot):
        await town.approve(asked)


async def test_a_program_extends_and_closes_its_own_and_no_other(town: Town) -> None:
    async with town.process():
        own, other = (await ask_for(town)).mapping, await town.request("payments/db-0:5005")
        for mapping in (own, other):
            await town.approve(mapping)
        await asyncio.sleep(SOON)
        extended = await town.access.extend(by_id(own), 5 * MINUTE, Who(CI))
        assert extended.expires_at is not None
        for refused in (
            town.access.extend(by_id(other), 5 * MINUTE, Who(CI)),
            town.access.close(by_id(other), Who(CI)),
        ):
            with pytest.raises(NotYours):
                await refused
        closed = await town.access.close(by_id(own), Who(CI))
        assert closed.ending is not None
        assert (closed.ending.cause, closed.ending.by) == (Cause.CLOSED, CI)


@pytest.mark.parametrize("who", [Who(CI, operator=True), Who(BOB, operator=True)], ids=str)
async def test_whoever_may_operate_extends_and_closes_anybodys(town: Town, who: Who) -> None:
    town.policy = Policy((replace(FOR_CI, approvers=Principals()),))
    async with town.process():
        town.policy = Policy((replace(FOR_CI, approvals=0),))
        mapping = await town.request()
        await asyncio.sleep(SOON)
        town.policy = Policy((replace(FOR_CI, approvers=Principals()),))
        await town.access.extend(by_id(mapping), 5 * MINUTE, who)
        closed = await town.access.close(by_id(mapping), who)
        assert closed.state is State.CLOSING


async def test_a_person_whose_token_asked_cannot_approve_it_in_slack(town: Town) -> None:
    asked = (await ask_for(town, Who(ALICE))).mapping
    with pytest.raises(OwnRequest):
        await town.approve(asked, ALICE)


# -- where it is shown ------------------------------------------------------------------------------------------------


async def test_it_is_shown_where_the_rule_has_it_decided(town: Town) -> None:
    town.policy = Policy((replace(FOR_CI, approvers_channel="COPS"),))
    for who in (CI, ALICE):
        asked = await door(town, "CANN").request(ask(), Who(who), None)
        assert asked.mapping.place == Place("COPS")


async def test_else_a_person_is_told_directly_and_a_program_where_it_is_announced_or_nowhere(town: Town) -> None:
    assert (await ask_for(town, Who(ALICE))).mapping.place == IN_PERSON
    assert (await ask_for(town)).mapping.place == NOWHERE
    announced = await door(town, "CANN").request(ask("payments/db-0:5005"), Who(CI), None)
    assert announced.mapping.place == Place("CANN")


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_the_same_key_brings_the_same_mapping_even_when_that_is_over(town: Town) -> None:
    first = await ask_for(town, key="a")
    again = await ask_for(town, key="a")
    assert (first.known, again.known, again.mapping.id) == (False, True, first.mapping.id)
    await town.access.close(by_id(first.mapping), Who(CI))
    over = await ask_for(town, key="a")
    assert (over.mapping.id, over.mapping.state) == (first.mapping.id, State.WITHDRAWN)
    assert (await ask_for(town, key="b")).mapping.id != first.mapping.id


async def test_the_same_key_with_another_request_is_refused(town: Town) -> None:
    await ask_for(town, key="a")
    with pytest.raises(KeyReused, match="'a' was given to another request"):
        await ask_for(town, target="payments/db-0:5005", key="a")
    assert (await town.record())[-1] == "refused:request"


async def test_a_key_is_ones_own(town: Town) -> None:
    town.policy = Policy((replace(RULE, requesters=Principals(clients=frozenset({"ci", "etl"}))),))
    mine = await ask_for(town, key="a")
    assert (await ask_for(town, Who(ETL), key="a")).mapping.id != mine.mapping.id


async def test_a_key_of_what_was_there_already_brings_that(town: Town) -> None:
    there = await ask_for(town)
    assert (await ask_for(town, key="a")).mapping.id == there.mapping.id
    await town.access.close(by_id(there.mapping), Who(CI))
    assert (await ask_for(town, key="a")).mapping.id == there.mapping.id


async def test_two_at_once_with_the_same_key_make_one_mapping(town: Town) -> None:
    first, second = await asyncio.gather(ask_for(town, key="a"), ask_for(town, key="a"))
    assert first.mapping.id == second.mapping.id
    assert {first.known, second.known} == {True, False}


async def test_a_key_is_forgotten_after_a_day(town: Town) -> None:
    first = await ask_for(town, key="a")
    await town.access.close(by_id(first.mapping), Who(CI))
    town.clock.step(DAY + HOUR)
    assert (await ask_for(town, key="a")).mapping.id != first.mapping.id


async def test_a_request_that_failed_keeps_no_key(town: Town) -> None:
    with pytest.raises(NamespaceNotAllowed):
        await ask_for(town, Who(ETL), key="a")
    assert town.storage.tables.keys == {}
