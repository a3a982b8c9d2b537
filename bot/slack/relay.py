"""Step four of every change: people are told. The holder of the lease runs it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from bot.slack.blocks.scene import Scene
from bot.slack.delivery.announcer import Announcer
from bot.slack.delivery.lanes import Lanes
from bot.slack.delivery.letters import ShutOut
from bot.slack.delivery.postbox import Postbox
from bot.slack.delivery.renderer import Renderer
from bot.slack.delivery.sender import Sender
from bot.slack.delivery.teller import Teller
from bot.slack.settings import SlackSettings
from bot.slack.webapi.client import Slack
from core.domain.errors import StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.domain.policy import Policy
from core.interfaces import Clock, Entry
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)

POLL_EVERY: Final = 3.0
"""Seconds between two looks at the outbox where nothing else wakes the relay."""


@dataclass(frozen=True, slots=True)
class _Shift:
    """One run of the relay; ``busy`` holds the mappings that are being told of."""

    postbox: Postbox
    teller: Teller
    tasks: asyncio.TaskGroup
    busy: set[MappingId] = field(default_factory=set)


class Relay:
    """Posts what the outbox holds: in order for each mapping, one message at a time in each channel.

    Args:
        slack: the Web API.
        policy: the one in force.
        settings: say which host stands on the cards.
        clock: decides what is due.
        renderer: writes the messages.
        poll_every: seconds.
    """

    def __init__(
        self,
        slack: Slack,
        policy: Callable[[], Policy],
        settings: SlackSettings,
        clock: Clock,
        renderer: Renderer | None = None,
        poll_every: float = POLL_EVERY,
    ) -> None:
        self._policy, self._host, self._clock = policy, settings.advertise, clock
        self._renderer, self._poll_every = renderer or Renderer(), poll_every
        self._sender = Sender(slack, Lanes(clock))
        self._wake = asyncio.Event()
        self._shut_out: dict[MappingId, frozenset[str]] = {}
        self._early: set[MappingId] = set()

    async def run(self, transactions: Transactions) -> None:
        """Relay until cancelled, or until the lease is lost; a duty of the engine.

        Raises:
            LostLease: another process relays by now.
        """
        postbox = Postbox(transactions)
        announcer = Announcer(self._sender, self._renderer, postbox.keep)
        teller = Teller(announcer, postbox, self._scene, self._note_wait)
        async with asyncio.TaskGroup() as tasks:
            shift = _Shift(postbox, teller, tasks)
            with transactions.bell.listening(self._hear):
                while True:
                    self._wake.clear()
                    await self._start_telling(shift)
                    await self._rest()

    def joined(self, channel: str) -> None:
        """The bot was invited to a channel: what waits for that need not wait any longer."""
        self._hurry([mapping_id for mapping_id, channels in self._shut_out.items() if channel in channels])

    # -- when ---------------------------------------------------------------------------------------------------------

    def _hear(self, mapping: Mapping) -> None:
        self._hurry([mapping.id] if mapping.id in self._shut_out else [])

    def _hurry(self, mappings: Iterable[MappingId]) -> None:
        for mapping_id in mappings:
            del self._shut_out[mapping_id]
            self._early.add(mapping_id)
        self._wake.set()

    def _note_wait(self, entry: Entry, until: datetime, why: Exception) -> None:
        if isinstance(why, ShutOut):
            self._shut_out[entry.mapping_id] = why.channels
        seconds = (until - self._clock.now()).total_seconds()
        asyncio.get_running_loop().call_later(seconds, self._wake.set)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_every):
                await self._wake.wait()

    # -- what ---------------------------------------------------------------------------------------------------------

    async def _start_telling(self, shift: _Shift) -> None:
        early = self._early - shift.busy
        try:
            waiting = await shift.postbox.ready(early)
        except StorageUnavailable as exc:
            log.warning("relay.storage_unavailable", message=str(exc))
            return
        self._early -= early
        for mapping_id, entries in _by_mapping(waiting).items():
            if mapping_id not in shift.busy:
                shift.busy.add(mapping_id)
                shift.tasks.create_task(self._tell(mapping_id, entries, shift))

    async def _tell(self, mapping_id: MappingId, entries: Sequence[Entry], shift: _Shift) -> None:
        try:
            await shift.teller.tell_all(entries)
            self._wake.set()  # more may have come meanwhile
        except StorageUnavailable as exc:
            log.warning("relay.storage_unavailable", id=mapping_id, message=str(exc))
        finally:
            shift.busy.discard(mapping_id)

    def _scene(self, mapping: Mapping) -> Scene:
        policy = self._policy()
        rule = policy.rule_or_nothing(mapping.target.namespace)
        return Scene(mapping, rule, self._host, self._clock.now(), policy.operators)


def _by_mapping(entries: Sequence[Entry]) -> Dict[MappingId, Sequence[Entry]]:
    grouped = defaultdict[MappingId, list[Entry]](list)
    for entry in entries:
        grouped[entry.mapping_id].append(entry)
    return grouped
