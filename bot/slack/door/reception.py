"""What happens to every delivery before a listener sees it, and to every error after one has."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.slack.blocks import problems
from bot.slack.blocks.message import Message
from bot.slack.door.answering import Answers
from bot.slack.door.visits import Body, Visit, read_delivery, read_visit
from core.domain.errors import AlreadyDelivered, OutsideError, PodProxierError
from core.interfaces import Clock

log = structlog.get_logger(__name__)

_ANSWERED_IN_THE_ACKNOWLEDGEMENT: Final = frozenset({"block_suggestion", "view_submission"})
"""Whoever listens to these acknowledges them, and before anything that may take its time."""
MEMORY: Final = timedelta(minutes=10)
"""Slack's signature holds five minutes, so nothing comes again after that."""


class Reception:
    """Acknowledges every delivery, lets it in once, and answers for whatever goes wrong behind it."""

    def __init__(self, answers: Answers, clock: Clock) -> None:
        self._answers = answers
        self._seen = Seen(clock)

    async def enter(
        self, body: Body, context: AsyncBoltContext, ack: AsyncAck, next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Acknowledge whatever comes, known or not, then let it in; a middleware.

        No listener has to acknowledge, and none can spoil it: Bolt forgets an acknowledgement where a listener fails
        at once, and sends none for what nobody listens to. Where the acknowledgement carries an answer, its listener
        gives it; a response from here would be taken in its stead.
        """
        theirs = body.get("type") in _ANSWERED_IN_THE_ACKNOWLEDGEMENT
        if not theirs:
            await ack()
        context["visit"] = read_visit(body)
        delivery = read_delivery(body)
        if delivery is not None and self._seen.again(delivery):
            log.info("slack.delivered_again", delivery=delivery)
        else:
            await next_()
        return None if theirs else BoltResponse(status=200)

    async def fail(self, error: Exception, visit: Visit | None, response: BoltResponse | None) -> BoltResponse | None:
        """Tell the person; the app's one error handler.

        ``response`` is there where nothing was acknowledged yet.
        """
        if visit is None:
            _defect(error)
        elif not isinstance(error, AlreadyDelivered):
            await self._answers.give(visit, _told(error, visit))
        return None if response is None else BoltResponse(status=200)


class Seen:
    """The deliveries of the last minutes.

    It keeps from saying a thing twice; that nothing is done twice, in any process, the inbox in the database sees to.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._times)

    def again(self, delivery: str) -> bool:
        """Note a delivery; whether it was noted before."""
        now = self._clock.now()
        while self._times and not now - MEMORY <= next(iter(self._times.values())) <= now:  # it may have gone back
            del self._times[next(iter(self._times))]
        again = delivery in self._times
        self._times.setdefault(delivery, now)
        return again


def _told(error: Exception, visit: Visit) -> Message:
    if not isinstance(error, PodProxierError):
        return problems.defect(_defect(error))
    tell = log.warning if isinstance(error, OutsideError) else log.info
    tell("slack.not_done", person=str(visit.person), error=type(error).__name__, message=str(error))
    try:
        return problems.problem(error, visit.typed)
    except Exception as exc:  # noqa: BLE001 - a defect in a rendering must not leave a person without an answer
        return problems.defect(_defect(exc))


def _defect(error: Exception) -> str:
    """Log a defect of ours with its trace; returns the reference that it is found by."""
    reference = secrets.token_hex(3)
    log.error("slack.defect", reference=reference, exc_info=error)
    return reference
