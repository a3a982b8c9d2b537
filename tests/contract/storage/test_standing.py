from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.errors import LostRace
from core.domain.people import System
from core.domain.service import ServiceRef, ServiceUid
from core.domain.standing import Change, StandingEvent, StandingPort, given_back
from core.domain.target import Endpoint, PodUid
from core.interfaces import Storage
from tests.contract.storage.samples import HOUR, NOW


def row(port: int = 9000, name: str = "api", address: str = "10.96.0.7") -> StandingPort:
    endpoint = Endpoint(ip_address(address), 5005, PodUid("uid-of-a-pod"))
    return StandingPort(port, ServiceRef("payments", name), ServiceUid(f"uid-of-{name}"), endpoint, NOW)


def granted(after: StandingPort, before: StandingPort | None = None) -> Change:
    return Change(StandingEvent.GRANTED, after, before, NOW)


def moved(after: StandingPort, before: StandingPort) -> Change:
    return Change(StandingEvent.MOVED, after, before, NOW + HOUR)


def left(before: StandingPort) -> Change:
    return Change(StandingEvent.LEAVING, replace(before, leaving=True), before, NOW + HOUR, "it was deleted")


async def record(storage: Storage, *changes: Change) -> None:
    async with storage.unit_of_work() as uow:
        await uow.standing.record(changes)
        await uow.commit()


async def rows(storage: Storage) -> Sequence[StandingPort]:
    async with storage.unit_of_work() as uow:
        return await uow.standing.all()


async def test_rows_come_back_as_they_were_put_in_by_port(storage: Storage) -> None:
    by_six = row(9002, "by-six", "fd00::7")
    nowhere = replace(row(9001, "nowhere"), endpoint=None, headless=True)
    await record(storage, granted(by_six), granted(row()), granted(nowhere))
    assert list(await rows(storage)) == [row(), nowhere, by_six]


async def test_a_port_moves_leaves_and_is_given_back(storage: Storage) -> None:
    elsewhere = replace(row(), uid=ServiceUid("another"), endpoint=None, headless=True)
    await record(storage, granted(row()))
    await record(storage, moved(elsewhere, row()))
    assert list(await rows(storage)) == [elsewhere]
    leaving = left(elsewhere)
    await record(storage, leaving)
    assert list(await rows(storage)) == [leaving.row]
    await record(storage, given_back(leaving.row, NOW))
    assert list(await rows(storage)) == []


async def test_every_change_leaves_an_entry_that_names_the_service(storage: Storage) -> None:
    elsewhere = replace(row(), endpoint=None)
    await record(storage, granted(row()), moved(elsewhere, row()), left(elsewhere))
    await record(storage, given_back(left(elsewhere).row, NOW + 2 * HOUR))
    async with storage.unit_of_work() as uow:
        entries = await uow.audit.since(0)
    assert [(entry.event, entry.actor, entry.at) for entry in entries] == [
        ("standing:granted", System.CLUSTER, NOW),
        ("standing:moved", System.CLUSTER, NOW + HOUR),
        ("standing:leaving", System.CLUSTER, NOW + HOUR),
        ("standing:given_back", System.GATEWAY, NOW + 2 * HOUR),
    ]
    assert {(entry.mapping_id, entry.before, entry.after) for entry in entries} == {(None, None, None)}
    assert entries[0].detail == {"service": "payments/api", "port": 9000, "endpoint": "10.96.0.7:5005"}
    assert entries[2].detail == {"service": "payments/api", "port": 9000, "endpoint": None, "why": "it was deleted"}


@pytest.mark.parametrize(
    "change",
    [
        granted(row(9000, "other")),
        moved(row(address="10.96.0.9"), row(address="10.96.0.8")),
        moved(row(9001, "other", "10.96.0.9"), row(9001, "other")),
        given_back(left(row()).row, NOW),
    ],
    ids=["the port is taken", "it moved meanwhile", "there is no such row", "it stays after all"],
)
async def test_a_change_of_what_is_not_there_any_more_loses_the_race(storage: Storage, change: Change) -> None:
    await record(storage, granted(row()))
    with pytest.raises(LostRace):
        await record(storage, granted(row(9002, "third")), change)
    assert list(await rows(storage)) == [row()]


async def test_a_service_has_one_port_beside_those_that_it_leaves(storage: Storage) -> None:
    await record(storage, granted(row()))
    with pytest.raises(LostRace):
        await record(storage, granted(row(9001)))
    await record(storage, left(row()), granted(row(9001)))
    assert list(await rows(storage)) == [left(row()).row, row(9001)]
    with pytest.raises(LostRace):
        await record(storage, granted(row(), left(row()).row))


async def test_a_port_that_is_given_back_can_be_granted_in_the_same_step(storage: Storage) -> None:
    leaving = left(row())
    await record(storage, granted(row()), leaving)
    await record(storage, given_back(leaving.row, NOW), granted(row(9000, "other")))
    assert list(await rows(storage)) == [row(9000, "other")]


async def test_what_was_not_committed_is_not_there(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.standing.record([granted(row())])
        assert len(await uow.standing.all()) == 1
    assert list(await rows(storage)) == []
    async with storage.unit_of_work() as uow:
        assert not await uow.audit.latest()


async def test_a_thousand_at_once_are_no_matter(storage: Storage) -> None:
    many = [row(9000 + number, f"api-{number:03}") for number in range(1000)]
    await record(storage, *map(granted, many))
    assert list(await rows(storage)) == many
    await record(storage)
    async with storage.unit_of_work() as uow:
        assert len(await uow.audit.latest(2000)) == 1000
