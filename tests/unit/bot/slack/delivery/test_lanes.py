import asyncio
from datetime import timedelta

import pytest

from bot.slack.delivery.lanes import Lanes
from bot.slack.errors import SlackLimited, SlackUnreachable
from core.adapters.memory.clock import ManualClock


class Traffic:
    """Messages on their way; each waits until it is let through."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes, self.under_way = lanes, list[str]()
        self.through = asyncio.Event()

    async def send(self, channel: str) -> None:
        async with self.lanes.turn(channel):
            self.under_way.append(channel)
            await self.through.wait()
            self.under_way.remove(channel)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_message_is_in_flight_in_each_channel() -> None:
    traffic = Traffic(Lanes(ManualClock()))
    async with asyncio.TaskGroup() as tasks:
        for channel in ("a", "a", "b"):
            tasks.create_task(traffic.send(channel))
        await settle()
        assert sorted(traffic.under_way) == ["a", "b"]
        traffic.through.set()


async def test_no_more_than_so_many_channels_are_written_to_at_once() -> None:
    traffic = Traffic(Lanes(ManualClock(), at_once=2))
    async with asyncio.TaskGroup() as tasks:
        for channel in ("a", "a", "b", "c"):
            tasks.create_task(traffic.send(channel))
        await settle()
        assert sorted(traffic.under_way) == ["a", "b"]
        traffic.through.set()


async def limit(lanes: Lanes, channel: str, seconds: int) -> None:
    with pytest.raises(SlackLimited):
        async with lanes.turn(channel):
            raise SlackLimited("chat.postMessage", seconds)


async def test_a_limited_channel_rests_and_says_for_how_long() -> None:
    clock = ManualClock()
    lanes = Lanes(clock)
    await limit(lanes, "a", 30)
    clock.advance(timedelta(seconds=10))
    with pytest.raises(SlackLimited) as caught:
        async with lanes.turn("a"):
            raise AssertionError("nobody gets in")
    assert caught.value.retry_after == 20
    async with lanes.turn("b"):
        pass


async def test_a_channel_that_has_rested_is_open_again() -> None:
    clock = ManualClock()
    lanes = Lanes(clock)
    await limit(lanes, "a", 30)
    clock.advance(timedelta(seconds=30))
    async with lanes.turn("a"):
        pass


async def test_a_rest_never_grows_by_a_clock_that_was_set_back() -> None:
    clock = ManualClock()
    lanes = Lanes(clock)
    await limit(lanes, "a", 30)
    clock.advance(timedelta(hours=-1))
    async with lanes.turn("a"):
        pass


async def test_any_other_failure_leaves_the_channel_open() -> None:
    lanes = Lanes(ManualClock())
    with pytest.raises(SlackUnreachable):
        async with lanes.turn("a"):
            raise SlackUnreachable("chat.postMessage", "away")
    async with lanes.turn("a"):
        pass
