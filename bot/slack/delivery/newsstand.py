"""Posts bulletins, each once: it was written down before, and that it was posted is written down after."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog

from bot.slack.blocks import bulletins as blocks
from bot.slack.blocks.message import Message
from bot.slack.delivery.postbox import WRITE_AGAIN_AFTER
from bot.slack.errors import SlackError, SlackLimited
from bot.slack.webapi.client import Slack
from core.domain.errors import OutsideError, StorageUnavailable
from core.domain.notices import Facts
from core.interfaces import Bulletin
from core.services.bulletins import BulletinKind, Bulletins
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 60.0
"""Seconds between two looks at what is due."""
_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_RENDER: Final[Mapping[str, Callable[[Facts], Message]]] = {
    BulletinKind.HEAD: blocks.head,
    BulletinKind.DIGEST: blocks.digest,
}


class Newsstand:
    """A duty of the engine.

    Args:
        slack: the Web API.
        due: writes down what is to be told.
    """

    def __init__(self, slack: Slack, due: Bulletins) -> None:
        self._slack, self._due = slack, due

    async def run(self, transactions: Transactions) -> None:
        """Write down and post, until cancelled."""
        while True:
            try:
                await self.post_due(transactions)
            except StorageUnavailable as exc:
                log.warning("newsstand.storage_unavailable", message=str(exc))
            await asyncio.sleep(LOOK_EVERY)

    async def post_due(self, transactions: Transactions) -> None:
        """Write down what is due, and post what waits."""
        await self._due.write_due(transactions)
        now = transactions.clock.now()
        for bulletin in await transactions.read(lambda uow: uow.bulletins.waiting(now)):
            await self._post(bulletin, transactions)

    async def _post(self, bulletin: Bulletin, transactions: Transactions) -> None:
        render = _RENDER.get(bulletin.kind)
        if render is None:
            return  # of a newer version, which will post it
        try:
            await self._slack.post(bulletin.channel, render(bulletin.facts))
        except SlackError as exc:
            await self._postpone(bulletin, exc, transactions)
        else:
            await _settle(bulletin, transactions)
            log.info("bulletin.posted", kind=bulletin.kind, period=bulletin.period, channel=bulletin.channel)

    async def _postpone(self, bulletin: Bulletin, why: SlackError, transactions: Transactions) -> None:
        log.warning("bulletin.not_posted", kind=bulletin.kind, channel=bulletin.channel, message=str(why))
        pause = min(_PAUSE * 2 ** min(bulletin.attempts, 10), _LONGEST_PAUSE)
        if isinstance(why, SlackLimited):
            pause = max(pause, timedelta(seconds=why.retry_after))
        until = transactions.clock.now() + pause
        await transactions.commit(lambda ledger: ledger.uow.bulletins.postpone(bulletin.id, until, str(why)))


async def _settle(bulletin: Bulletin, transactions: Transactions) -> None:
    """Write down that it was posted, however long the database takes: or it would be posted again."""
    while True:
        now = transactions.clock.now()
        try:
            return await transactions.commit(lambda ledger: ledger.uow.bulletins.done(bulletin.id, now))  # noqa: B023 - at once
        except OutsideError as exc:
            log.warning("newsstand.storage_unavailable", message=str(exc))
        await asyncio.sleep(WRITE_AGAIN_AFTER)
