import asyncio

from core.domain.errors import StorageUnavailable
from tests.unit.core.samples import HOUR
from tests.unit.core.services.town import SOON, Town

STRANGER, OTHER = "8.8.8.8", "8.8.4.4"


async def test_refused_callers_are_told_in_the_thread_within_seconds_with_their_number(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        for source in (STRANGER, STRANGER, OTHER):
            assert not town.connect(mapping, source).alive
        await asyncio.sleep(4)
        (notice,) = await town.notices(mapping, "callers_refused")
        assert (notice.audience, notice.facts) == ("thread", {OTHER: 1, STRANGER: 2})


async def test_each_is_told_once_and_nothing_is_written_while_nothing_is_new(town: Town) -> None:
    async with town.process():
        mapping = await town.open(ttl=2 * HOUR)
        town.connect(mapping, STRANGER)
        await asyncio.sleep(4)
        town.connect(mapping, STRANGER)
        await asyncio.sleep(60)
        assert (await town.record(mapping.id)).count("callers_refused") == 1
        assert len(await town.notices(mapping, "callers_refused")) == 1


async def test_a_process_that_takes_over_does_not_tell_them_again(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.connect(mapping, STRANGER)
        await asyncio.sleep(4)
    async with town.process("two"):
        town.connect(mapping, OTHER)
        await asyncio.sleep(10)
        assert [notice.facts for notice in await town.notices(mapping, "callers_refused")] == [
            {STRANGER: 1},
            {OTHER: 1},
        ]


async def test_whom_an_earlier_mapping_of_the_port_refused_is_not_told_again(town: Town) -> None:
    async with town.process():
        first = await town.open()
        town.connect(first, STRANGER)
        await asyncio.sleep(4)
        await town.close(first)
        await asyncio.sleep(SOON)
        second = await town.open()
        assert second.port == first.port
        await asyncio.sleep(10)
        assert await town.notices(second, "callers_refused") == []
        town.connect(second, STRANGER)
        await asyncio.sleep(4)
        assert [notice.facts for notice in await town.notices(second, "callers_refused")] == [{STRANGER: 1}]


async def test_after_a_restart_of_the_gateway_they_are_counted_anew(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.gateway.restart()
        await asyncio.sleep(1)
        town.connect(mapping, STRANGER)
        await asyncio.sleep(4)
        assert [notice.facts for notice in await town.notices(mapping, "callers_refused")] == [{STRANGER: 1}]


async def test_what_could_not_be_written_is_told_by_the_next_look(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.storage.fail_with(StorageUnavailable("full"), on="commit")
        town.connect(mapping, STRANGER)
        await asyncio.sleep(4)
        town.storage.fail_with(None, on="commit")
        await asyncio.sleep(8)
        assert len(await town.notices(mapping, "callers_refused")) == 1
