"""Turns: one message in flight in each channel, several channels at once."""

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from bot.slack.errors import SlackLimited
from core.interfaces import Clock

AT_ONCE: Final = 8
"""Channels that are written to at the same time."""


class Lanes:
    """Gives out turns; a channel that Slack limits rests for as long as Slack says."""

    def __init__(self, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._clock = clock
        self._in_channel: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._at_once = asyncio.Semaphore(at_once)
        self._rests: dict[str, tuple[datetime, datetime]] = {}

    @asynccontextmanager
    async def turn(self, channel: str) -> AsyncIterator[None]:
        """Wait for the channel's turn.

        Raises:
            SlackLimited: the channel rests; Slack is not asked.
        """
        async with self._in_channel[channel], self._at_once:
            self._check_rest(channel)
            try:
                yield
            except SlackLimited as exc:
                now = self._clock.now()
                self._rests[channel] = (now, now + timedelta(seconds=exc.retry_after))
                raise

    def _check_rest(self, channel: str) -> None:
        now = self._clock.now()
        since, until = self._rests.get(channel, (now, now))
        if since <= now < until:  # a clock that was set back makes no rest longer
            raise SlackLimited("chat.postMessage", math.ceil((until - now).total_seconds()))
        self._rests.pop(channel, None)
