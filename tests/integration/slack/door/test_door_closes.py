"""Told to stop, the door takes nothing new and waits for what is under way."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.slack.settings import SlackSettings
from tests.integration.slack.door.conftest import Opening
from tests.integration.slack.door.house import House, eventually


async def open_and_close(opening: Opening, house: House) -> None:
    """Open the door, let alice ask something of a cluster that hangs, and close."""
    async with opening(house):
        house.cluster.hang()
        assert (await house.alice.command("/proxy", "pod sandbox/api-0", channel=house.channel)).acked


async def test_what_is_under_way_is_done_and_answered(opening: Opening, house: House) -> None:
    with capture_logs() as logged:
        closing = asyncio.create_task(open_and_close(opening, house))
        await eventually(lambda: any(entry["event"] == "slack.draining" for entry in logged))
        assert not closing.done()
        refused = await house.bob.command("/proxy", "pod payments/api-0", channel=house.channel)
        assert not refused.acked
        house.cluster.recover()
        await closing
    [mapping] = house.mappings()
    assert mapping.requester == house.person(house.alice)
    [reply] = house.channel.everything
    assert reply.ephemeral_to == house.alice.id


class TestWithLittleTime:
    @pytest.fixture
    def settings(self, settings: SlackSettings) -> SlackSettings:
        return replace(settings, drain=timedelta(milliseconds=50))

    async def test_what_takes_too_long_is_cut_short_with_nothing_half_done(
        self, opening: Opening, house: House
    ) -> None:
        with capture_logs() as logged:
            await open_and_close(opening, house)
        assert [entry["in_flight"] for entry in logged if entry["event"] == "slack.cut_short"] == [1]
        assert not house.mappings()
