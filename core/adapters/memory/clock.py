from datetime import UTC, datetime, timedelta
from typing import Final

SOME_DAY: Final = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
"""A Monday morning; where a clock starts that is told nothing else."""


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime = SOME_DAY) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on; returns the new time."""
        self._now += by
        return self._now

    def set(self, now: datetime) -> None:
        """Move to a moment, backwards if need be."""
        self._now = now.astimezone(UTC)
