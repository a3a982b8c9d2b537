"""``open --wait``: until it is open, has come to nothing, or the time is over."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from bot.client.api import Api
from bot.client.errors import CameToNothing, ServerAway, ServerTrouble, StillWaiting
from bot.client.models import OPEN, PENDING, Told
from bot.client.sentences import standing

STEP: Final = 10
"""Seconds that one question may wait at the server; a change on the way is told that late."""
PAUSE: Final = 1.0
"""Seconds at least from one question to the next."""
PATIENCE: Final = timedelta(minutes=2)
"""How long the server may be away meanwhile; it may be started anew."""

Say: TypeAlias = Callable[[str], object]
Now: TypeAlias = Callable[[], datetime]


class Waiting:
    """Waits for one mapping, and says what for whenever that changes."""

    def __init__(self, api: Api, say: Say, now: Now) -> None:
        self._api, self._say, self._now = api, say, now
        self._said = ""
        self._away_since: datetime | None = None

    async def until_open(self, first: Told, limit: timedelta | None) -> Told:
        """Wait for it.

        Args:
            first: as it stood when it was asked for.
            limit: how long at most; ``None`` for as long as it takes.

        Raises:
            CameToNothing: it was denied, taken back, or has lapsed or failed.
            StillWaiting: the time is over.
            ServerAway: for longer than anybody should wait.
        """
        told = first
        try:
            async with asyncio.timeout(limit.total_seconds() if limit is not None else None):
                while told.view.state in PENDING:
                    self._tell(told)
                    told = await self._asked_again(told)
        except TimeoutError:
            raise StillWaiting(standing(told.view, self._now()), told.view.id) from None
        if told.view.state != OPEN:
            raise CameToNothing(standing(told.view, self._now()))
        return told

    def _tell(self, told: Told) -> None:
        """Say how it stands, unless that was said; what is left of its time is news to nobody."""
        view = told.view
        mark = f"{view.state} {view.approvals.missing} {view.trouble}"
        if mark != self._said:
            self._said = mark
            self._say(standing(view, self._now()))

    async def _asked_again(self, told: Told) -> Told:
        pause = asyncio.create_task(asyncio.sleep(PAUSE))
        try:
            found = await self._mapping(told)
            await pause if found.view.state in PENDING else None
        finally:
            pause.cancel()
        return found

    async def _mapping(self, told: Told) -> Told:
        try:
            found = await self._api.mapping(told.view.id, wait=STEP)
        except (ServerAway, ServerTrouble) as error:
            self._bear(error)
            return told
        self._away_since = None
        return found

    def _bear(self, error: ServerAway | ServerTrouble) -> None:
        """Say once that the server is away.

        Raises:
            ServerAway, ServerTrouble: it has been for too long.
        """
        if self._away_since is None:
            self._away_since = self._now()
            self._say(f"{error}; trying again")
        elif self._now() - self._away_since > PATIENCE:
            raise error
