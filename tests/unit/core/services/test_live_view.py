from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from core.adapters.memory.tables import MemoryMappings
from core.domain.errors import StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.services.live_view import LiveView
from tests.unit.core.services.town import Town


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often rows were read, one by one and all at once."""
    counts = Counter[str]()
    get, live = MemoryMappings.get, MemoryMappings.live

    async def counted_get(self: MemoryMappings, mapping_id: MappingId) -> Mapping:
        counts["get"] += 1
        return await get(self, mapping_id)

    async def counted_live(self: MemoryMappings, *whose: Any) -> Sequence[Mapping]:
        counts["live"] += 1
        return await live(self, *whose)

    monkeypatch.setattr(MemoryMappings, "get", counted_get)
    monkeypatch.setattr(MemoryMappings, "live", counted_live)
    return counts


async def wait_for(town: Town, number: int) -> list[Mapping]:
    """So many requests, each for another port."""
    return [await town.request(f"payments/api-0:{1 + n}") for n in range(number)]


async def test_a_view_says_what_is_live_by_id(town: Town) -> None:
    first, second, third = await wait_for(town, 3)
    await town.close(second)
    assert await LiveView().read(town.transactions) == [first, third]


async def test_what_has_not_changed_is_not_read_again(town: Town, asked: Counter[str]) -> None:
    first, second, third = await wait_for(town, 3)
    view = LiveView()
    await view.read(town.transactions)
    asked.clear()
    assert len(await view.read(town.transactions)) == 3
    assert asked.total() == 0
    await town.approve(second)
    asked.clear()
    assert await view.read(town.transactions) == [first, await town.now(second), third]
    assert asked["live"] == 0


async def test_what_was_noted_is_not_read_either(town: Town, asked: Counter[str]) -> None:
    view = LiveView()
    with town.transactions.bell.listening(view.note):
        mappings = await wait_for(town, 3)
        asked.clear()
        assert await view.read(town.transactions) == mappings
    assert asked.total() == 0


async def test_many_at_once_are_read_at_once(town: Town, asked: Counter[str]) -> None:
    await wait_for(town, 30)
    asked.clear()
    assert len(await LiveView().read(town.transactions)) == 30
    assert (asked["live"], asked["get"]) == (1, 0)


async def test_a_note_that_comes_late_changes_nothing(town: Town) -> None:
    (mapping,) = await wait_for(town, 1)
    approved = await town.approve(mapping)
    view = LiveView()
    view.note(approved)
    view.note(mapping)
    assert await view.read(town.transactions) == [approved]
    await town.close(approved)
    view.note(approved)
    assert await view.read(town.transactions) == [await town.now(approved)]


async def test_a_database_that_does_not_tell_is_asked_again(town: Town) -> None:
    mappings = await wait_for(town, 2)
    view = LiveView()
    town.storage.fail_with(StorageUnavailable("away"))
    with pytest.raises(StorageUnavailable):
        await view.read(town.transactions)
    town.storage.fail_with(None)
    assert await view.read(town.transactions) == mappings
