import asyncio
from datetime import timedelta

import pytest

from core.domain.errors import NoSuchMapping, StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.domain.states import State
from core.services.transactions import Bell, Transactions
from core.services.waiting import wait_until
from tests.unit.core.services.town import Town

LONG = timedelta(minutes=5)


def is_approved(mapping: Mapping) -> bool:
    return mapping.state is State.APPROVED


async def test_what_is_so_already_is_waited_for_no_time(town: Town) -> None:
    mapping = await town.request()
    assert await wait_until(lambda _: True, mapping.id, LONG, town.transactions) == mapping
    assert town.loop.time() == 0


async def test_the_bell_of_ones_own_process_is_heard_at_once(town: Town) -> None:
    mapping = await town.request()
    waiting = asyncio.create_task(wait_until(is_approved, mapping.id, LONG, town.transactions))
    await asyncio.sleep(10.1)
    approved = await town.approve(mapping)
    assert await waiting == approved
    assert town.loop.time() == pytest.approx(10.1)


async def test_what_another_process_did_is_seen_within_half_a_second(town: Town) -> None:
    mapping = await town.request()
    elsewhere = Transactions(town.storage, town.clock, Bell())
    waiting = asyncio.create_task(wait_until(is_approved, mapping.id, LONG, elsewhere))
    await asyncio.sleep(10.1)
    await town.approve(mapping)
    assert (await waiting).state is State.APPROVED
    assert town.loop.time() <= 10.6


async def test_when_the_time_is_over_it_is_as_it_is(town: Town) -> None:
    mapping = await town.request()
    found = await wait_until(is_approved, mapping.id, timedelta(seconds=30), town.transactions)
    assert (found, town.loop.time()) == (mapping, 30)
    assert await wait_until(is_approved, mapping.id, timedelta(), town.transactions) == mapping


async def test_what_cannot_be_read_is_said(town: Town) -> None:
    with pytest.raises(NoSuchMapping):
        await wait_until(is_approved, MappingId(7), LONG, town.transactions)
    mapping = await town.request()
    waiting = asyncio.create_task(wait_until(is_approved, mapping.id, LONG, town.transactions))
    await asyncio.sleep(1)
    town.storage.fail_with(StorageUnavailable("away"))
    with pytest.raises(StorageUnavailable):
        await waiting
