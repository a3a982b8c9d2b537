from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import AlreadyDelivered, LostLease, LostRace, StorageUnavailable
from core.domain.mapping import Mapping, MappingId, step
from core.domain.people import System
from core.domain.record import Origin
from core.domain.states import Event
from core.interfaces import Refusal, UnitOfWork
from core.services.transactions import Ledger
from tests.unit.core.samples import ALICE, NOW
from tests.unit.core.services.town import Town


def listened_to(town: Town) -> list[int]:
    """The versions that the bell rings from now on."""
    rung: list[int] = []
    town.transactions.bell._listeners.append(lambda mapping: rung.append(mapping.version))
    return rung


def withdrawing(mapping: Mapping) -> Callable[[Ledger], Awaitable[Mapping]]:
    async def work(ledger: Ledger) -> Mapping:
        return await ledger.record(step(mapping, Event.WITHDRAW, ALICE, NOW))

    return work


async def test_the_bell_rings_once_a_change_is_committed(town: Town) -> None:
    rung = listened_to(town)
    mapping = await town.request()
    assert rung == [1]
    assert (await town.transactions.commit(withdrawing(mapping))).version == 2
    assert rung == [1, 2]


async def test_what_is_not_committed_rings_nothing(town: Town) -> None:
    mapping = await town.request()
    rung = listened_to(town)
    town.storage.fail_with(StorageUnavailable("full"), on="commit")
    with pytest.raises(StorageUnavailable):
        await town.transactions.commit(withdrawing(mapping))
    assert rung == []
    assert await town.record() == ["request"]


async def test_a_listener_that_breaks_is_no_business_of_whoever_committed(town: Town) -> None:
    def broken(_: Mapping) -> None:
        raise ZeroDivisionError

    with town.transactions.bell.listening(broken):
        rung = listened_to(town)
        await town.request()
    assert rung == [1]
    await town.request("payments/db-0:5005")
    assert rung == [1, 1]


async def test_work_that_lost_a_race_is_done_again_from_the_start(town: Town) -> None:
    mapping, seen = await town.request(), list[int]()

    async def work(ledger: Ledger) -> Mapping:
        current = await ledger.uow.mappings.get(mapping.id)
        seen.append(current.version)
        if len(seen) < 3:
            raise LostRace("somebody else was first")
        return current

    assert (await town.transactions.commit(work)).id == mapping.id
    assert seen == [1, 1, 1]


async def test_a_race_that_is_lost_again_and_again_is_given_up(town: Town) -> None:
    tried = list[int]()

    async def work(_: Ledger) -> None:
        tried.append(1)
        raise LostRace("somebody else was first")

    with pytest.raises(LostRace):
        await town.transactions.commit(work)
    assert len(tried) == 5


async def test_a_delivery_is_taken_once_together_with_what_it_brought(town: Town) -> None:
    mapping = await town.request()
    town.storage.fail_with(StorageUnavailable("full"), on="commit")
    with pytest.raises(StorageUnavailable):
        await town.transactions.commit(withdrawing(mapping), delivery="d1")
    town.storage.fail_with(None, on="commit")
    await town.transactions.commit(withdrawing(mapping), delivery="d1")
    with pytest.raises(AlreadyDelivered):
        await town.transactions.commit(withdrawing(replace(mapping, version=9)), delivery="d1")


async def test_a_refusal_is_entered_and_takes_its_delivery(town: Town) -> None:
    refusal = Refusal(NOW, ALICE, "close", "NotYours", MappingId(7))
    await town.transactions.refuse(refusal, delivery="d1")
    with pytest.raises(AlreadyDelivered):
        await town.transactions.refuse(refusal, delivery="d1")
    assert await town.record() == ["refused:close"]


async def test_what_only_the_holder_of_the_lease_may_write_is_bound_to_its_fence(town: Town) -> None:
    mapping = await town.request()
    tenure = await town.storage.lease.take("one", timedelta(seconds=5))
    assert tenure is not None
    with pytest.raises(LostLease):
        await town.transactions.fenced(tenure.fence + 1).commit(withdrawing(mapping))
    assert (await town.transactions.fenced(tenure.fence).commit(withdrawing(mapping))).state == "withdrawn"


async def test_a_question_writes_nothing(town: Town) -> None:
    mapping = await town.request()

    async def question(uow: UnitOfWork) -> None:
        await withdrawing(mapping)(Ledger(uow))

    await town.transactions.read(question)
    assert (await town.now(mapping)).state == "requested"
    assert await town.record() == ["request"]


async def test_what_comes_through_a_door_is_recorded_with_it_whoever_acts(town: Town) -> None:
    mapping = await town.request()
    over_rest = town.transactions.by(Origin.REST)
    await over_rest.commit(withdrawing(mapping))
    await over_rest.refuse(Refusal(NOW, ALICE, "extend", "OverLimit"))
    await over_rest.refuse(Refusal(NOW, System.TIMER, "extend", "OverLimit"))
    entries = await town.transactions.read(lambda uow: uow.audit.since(0))
    assert [entry.origin for entry in entries] == ["slack", "rest", "rest", "timer"]
