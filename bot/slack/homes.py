"""The Home tabs of those who look at them: drawn when opened, and again when something of theirs has changed."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

import structlog

from bot.slack.blocks.home import home
from bot.slack.blocks.message import Block, Message
from bot.slack.blocks.scene import Scene
from bot.slack.errors import SlackError
from bot.slack.webapi.client import Slack
from core.domain.errors import OutsideError
from core.domain.mapping import Mapping
from core.domain.people import Person
from core.domain.refusals import NotAMember
from core.interfaces import Clock
from core.services.overview import Overview

log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(hours=1)
"""Slack says when a tab is opened, never that it is closed: so long after the last sign of life it is kept current."""
MOST: Final = 200
"""Tabs that are kept current; whoever opened theirs the longest ago is forgotten first."""
TOGETHER: Final = 1.0
"""Seconds in which changes are gathered before the tabs are drawn anew."""
TOLD_FOR: Final = timedelta(seconds=30)
"""An answer stands on a tab for so long, or until the tab is opened again."""
LOOK_EVERY: Final = 30.0
"""Seconds between two looks whatever was heard: other processes' changes are heard by one of all only."""


@dataclass(slots=True)
class _Tab:
    """A tab that somebody may be looking at.

    Attributes:
        drawn: what was drawn there last.
        told: the answer to what they did there last, from ``seen_at`` on.
    """

    seen_at: datetime
    drawn: Block | None = None
    told: Message | None = None


class Homes:
    """Draws Home tabs; an asynchronous context manager that keeps them current meanwhile.

    Args:
        slack: the Web API.
        overview: what concerns whom.
        scene: looks at a mapping, to render it.
        clock: says when a tab was opened long ago.
    """

    def __init__(self, slack: Slack, overview: Overview, scene: Callable[[Mapping], Scene], clock: Clock) -> None:
        self._slack, self._overview, self._scene, self._clock = slack, overview, scene, clock
        self._tabs: dict[Person, _Tab] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to keep them current."""
        self._task = asyncio.create_task(self._keep_current(), name="homes")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave them as they are."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def hear(self, _: Mapping) -> None:
        """Take note that a mapping has changed; a listener of the bell."""
        if self._tabs:
            self._news.set()

    async def opened(self, person: Person) -> None:
        """Draw the tab of somebody who has just opened it."""
        self._touch(person, None)
        await self._draw(person)

    async def answer(self, person: Person, told: Message) -> None:
        """Tell somebody on their tab what became of what they did there.

        Raises:
            SlackError: it could not be drawn.
        """
        self._touch(person, told)
        await self._publish(person, await self._view(person))

    def _touch(self, person: Person, told: Message | None) -> None:
        known = self._tabs.pop(person, None)
        self._tabs[person] = _Tab(self._clock.now(), known.drawn if known else None, told)
        while len(self._tabs) > MOST:
            del self._tabs[next(iter(self._tabs))]

    # -- keeping them current -----------------------------------------------------------------------------------------

    async def _keep_current(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._news.wait()
            await asyncio.sleep(TOGETHER)
            self._news.clear()
            try:
                await self._look()
            except Exception:  # a defect in a drawing must not leave all the other tabs as they are for ever
                log.exception("home.broke")

    async def _look(self) -> None:
        now = self._clock.now()
        for person in [person for person, tab in self._tabs.items() if now - tab.seen_at > KEPT_FOR]:
            del self._tabs[person]
        for person in tuple(self._tabs):
            await self._draw(person)

    async def _draw(self, person: Person) -> None:
        """Draw a tab where it would look different; what keeps it from that goes to the log, for it is tried again."""
        try:
            view = await self._view(person)
            tab = self._tabs.get(person)
            if tab is None or tab.drawn != view:
                await self._publish(person, view)
        except (OutsideError, NotAMember, SlackError) as exc:
            log.warning("home.not_drawn", person=str(person), error=type(exc).__name__, message=str(exc))

    async def _publish(self, person: Person, view: Block) -> None:
        await self._slack.publish_home(person.user, view)
        if person in self._tabs:
            self._tabs[person].drawn = view

    async def _view(self, person: Person) -> Block:
        found, tab = await self._overview.of(person), self._tabs.get(person)
        told = tab.told if tab and self._clock.now() - tab.seen_at < TOLD_FOR else None
        return home(self._scenes(found.to_decide), self._scenes(found.theirs), self._scenes(found.recent), told)

    def _scenes(self, mappings: Sequence[Mapping]) -> list[Scene]:
        return [self._scene(mapping) for mapping in mappings]
