import asyncio
from collections.abc import Mapping
from ipaddress import ip_address

import pytest

from core.domain.errors import LostRace, StorageUnavailable
from core.domain.service import ServiceRef, ServiceUid
from core.domain.standing import Change, StandingEvent, StandingPort, given_back
from core.domain.target import Endpoint, PodUid
from core.services.standing_rows import StandingRows
from tests.unit.core.samples import NOW
from tests.unit.core.services.town import Town


def row(port: int = 9000, name: str = "api", *, leaving: bool = False) -> StandingPort:
    endpoint = Endpoint(ip_address("10.96.0.7"), 5005, PodUid("uid"))
    return StandingPort(port, ServiceRef("payments", name), ServiceUid("uid"), endpoint, NOW, leaving=leaving)


def grant(*rows: StandingPort) -> list[Change]:
    return [Change(StandingEvent.GRANTED, one, None, NOW) for one in rows]


@pytest.fixture
async def known(town: Town) -> StandingRows:
    """Rows that were read."""
    rows = StandingRows()
    await rows.read(town.transactions)
    return rows


async def elsewhere(town: Town, *changes: Change) -> None:
    """Have somebody else write."""
    async with town.storage.unit_of_work() as uow:
        await uow.standing.record(changes)
        await uow.commit()


async def test_what_is_committed_is_known_and_told_without_reading_it_again(town: Town, known: StandingRows) -> None:
    told: list[int] = []
    with known.listening(told.append):
        await known.commit(lambda _: grant(row(9001, "web"), row()), town.transactions)
        begun = town.storage.begun
        assert await known.read(town.transactions) == {9000: row(), 9001: row(9001, "web")}
    assert (told, known.get(9001), town.storage.begun) == ([9000, 9001], row(9001, "web"), begun)


async def test_where_nothing_is_decided_nothing_is_asked(town: Town, known: StandingRows) -> None:
    begun = town.storage.begun
    assert await known.commit(lambda _: [], town.transactions) == []
    assert town.storage.begun == begun


async def test_what_others_wrote_is_found_out_and_decided_on_anew(town: Town, known: StandingRows) -> None:
    await elsewhere(town, *grant(row(9000, "theirs")))
    told: list[int] = []
    with known.listening(told.append):
        with pytest.raises(LostRace):
            await known.commit(lambda _: grant(row()), town.transactions)

        def decide(rows: Mapping[int, StandingPort]) -> list[Change]:
            return grant(row(9001)) if 9000 in rows else []

        assert len(await known.commit(decide, town.transactions)) == 1
    assert told == [9000, 9001]


async def test_after_a_failure_the_database_is_asked_what_there_is(town: Town, known: StandingRows) -> None:
    town.storage.fail_with(StorageUnavailable("full"), on="commit")
    with pytest.raises(StorageUnavailable):
        await known.commit(lambda _: grant(row()), town.transactions)
    assert known.get(9000) is None
    town.storage.fail_with(None, on="commit")
    assert await known.read(town.transactions) == {}


async def test_what_is_read_first_is_no_news(town: Town, known: StandingRows) -> None:
    await elsewhere(town, *grant(row()))
    told: list[int] = []
    await known.begin()
    with known.listening(told.append):
        assert await known.read(town.transactions) == {9000: row()}
        assert told == []
        leaving = row(leaving=True)
        await known.commit(lambda _: [Change(StandingEvent.LEAVING, leaving, row(), NOW)], town.transactions)
        await known.commit(lambda _: [given_back(leaving, NOW)], town.transactions)
    assert (told, known.get(9000)) == ([9000, 9000], None)


async def test_whoever_begins_anew_waits_for_what_is_being_committed(town: Town, known: StandingRows) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(known.commit(lambda _: grant(row()), town.transactions))
        await asyncio.sleep(0)
        tasks.create_task(known.begin())
    assert await known.read(town.transactions) == {9000: row()}
