"""Tells what waits of one mapping, in order."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.slack.blocks.scene import Scene
from bot.slack.delivery.announcer import Announcer
from bot.slack.delivery.finishing import finished
from bot.slack.delivery.letters import GiveUp, fate, overtaken, together
from bot.slack.delivery.postbox import Postbox
from bot.slack.errors import SlackError
from core.domain.errors import LostLease, StorageUnavailable
from core.domain.mapping import Mapping
from core.interfaces import Entry

log = structlog.get_logger(__name__)


class Teller:
    """Tells entries one after the other, up to the first that has to wait.

    Args:
        announcer: says it.
        postbox: where it comes from.
        scene: looks at a mapping now.
        postponed: hears of every entry that has to wait, until when, and why.
    """

    def __init__(
        self,
        announcer: Announcer,
        postbox: Postbox,
        scene: Callable[[Mapping], Scene],
        postponed: Callable[[Entry, datetime, Exception], None],
    ) -> None:
        self._announcer, self._postbox, self._scene = announcer, postbox, scene
        self._postponed = postponed

    async def tell_all(self, waiting: Sequence[Entry]) -> None:
        """Tell what waits of one mapping.

        Raises:
            StorageUnavailable: the database cannot say what there is to tell.
            LostLease: another process relays by now.
        """
        while waiting:
            told = together(waiting)
            if not await finished(self._tell(told)):
                return
            waiting = [entry for entry in waiting if entry not in told]

    async def _tell(self, entries: Sequence[Entry]) -> bool:
        """Tell entries that one message tells; ``False`` where they have to wait."""
        first = entries[0]
        mapping, posts = await self._postbox.shown(first.mapping_id)
        scene = self._scene(mapping)
        if overtaken(first, mapping, scene.now):
            log.info("notice.overtaken", id=mapping.id, topic=first.topic.value)
        else:
            try:
                await self._announcer.tell(first, scene, posts)
            except (LostLease, StorageUnavailable):
                raise
            except Exception as exc:  # noqa: BLE001 - a defect in one message must not silence all the others
                return await self._fail(entries, scene.now, exc)
            log.info("notice.told", id=mapping.id, topic=first.topic.value, audience=first.audience.value)
        await self._postbox.settle(entries)
        return True

    async def _fail(self, entries: Sequence[Entry], now: datetime, failure: Exception) -> bool:
        first, why = entries[0], str(failure) or type(failure).__name__
        what = {"id": first.mapping_id, "topic": first.topic.value, "audience": first.audience.value, "why": why}
        trace = None if isinstance(failure, SlackError) else failure
        verdict = fate(first, failure)
        if isinstance(verdict, GiveUp):
            log.error("notice.given_up", **what, exc_info=trace)
            await self._postbox.bury(entries, why)
            return True
        log.warning("notice.postponed", **what, seconds=verdict.after.total_seconds(), exc_info=trace)
        until = now + verdict.after
        await self._postbox.postpone(first, until, why)
        self._postponed(first, until, failure)
        return False
