"""Slack's rate limits. https://docs.slack.dev/apis/web-api/rate-limits."""

import math
from collections import defaultdict, deque
from enum import StrEnum
from typing import Final

from bot.workspace.errors import RateLimitedError

MINUTE: Final = 60.0
CHANNEL_INTERVAL: Final = 1.0
PER_CHANNEL: Final = frozenset({"chat.postMessage"})


class Enforced(StrEnum):
    """Which limits hold."""

    NOTHING = "nothing"
    CHANNELS = "one chat.postMessage a second in each channel"
    EVERYTHING = "that, and the calls a minute of every method's tier"


class Rates:
    """Counts calls in sliding windows. Slack allows short bursts above its limits; here there are none."""

    def __init__(self) -> None:
        self.enforced = Enforced.NOTHING
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def check(self, method: str, channel: str, per_minute: int | None, now: float) -> None:
        """Count a call, unless it is one too many.

        Raises:
            RateLimitedError: with the whole seconds to wait.
        """
        if self.enforced is Enforced.NOTHING:
            return
        if method in PER_CHANNEL:
            self._count((method, channel), 1, CHANNEL_INTERVAL, now)
        elif self.enforced is Enforced.EVERYTHING and per_minute is not None:
            self._count((method, ""), per_minute, MINUTE, now)

    def _count(self, key: tuple[str, str], most: int, window: float, now: float) -> None:
        calls = self._calls[key]
        while calls and now - calls[0] >= window:
            calls.popleft()
        if len(calls) >= most:
            raise RateLimitedError(max(1, math.ceil(calls[0] + window - now)))
        calls.append(now)
