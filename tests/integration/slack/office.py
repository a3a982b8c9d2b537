"""A relay at work: a database in memory, a clock that stands still, and the local workspace as Slack."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from bot.slack.blocks.message import Block, Message
from bot.slack.blocks.scene import Scene
from bot.slack.delivery.renderer import Renderer
from bot.slack.relay import Relay
from bot.slack.settings import SlackSettings
from bot.workspace import Channel, Workspace
from core.adapters.memory.clock import ManualClock
from core.adapters.memory.storage import MemoryStorage
from core.domain.living import stamp
from core.domain.mapping import Decision, Mapping, Place, step
from core.domain.notices import Audience, Facts, Notice, Topic, card
from core.domain.people import Client, Person, System, TeamId, UserId
from core.domain.policy import PRIVATE_NETWORKS, Policy, Rule
from core.domain.states import Event
from core.domain.target import Endpoint, Kind, PodUid, Target
from core.interfaces import Entry
from core.services.transactions import Bell, Ledger, Transactions
from tests.integration.slack.held import HeldSlack

HOUR: Final = timedelta(hours=1)
SOON: Final = 5.0
"""Seconds of patience with what happens at once."""


def draw(scene: Scene, *, copy: bool = False, mention: str = "") -> Message:
    """The card, in a line: what a test looks for."""
    words = [mention, "copy of" if copy else "", f"card {scene.mapping.state} v{scene.mapping.version}"]
    return _written(" ".join(filter(None, words)), button=True)


def _written(text: str, *, button: bool = False) -> Message:
    blocks: list[Block] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    if button:
        words = {"type": "plain_text", "text": "Close"}
        pressed = {"type": "button", "action_id": "close", "text": words, "value": "m1/1"}
        blocks.append({"type": "actions", "elements": [pressed]})
    return Message(text, tuple(blocks))


def _told(_: Scene, topic: Topic, facts: Facts) -> Message:
    return _written(f"{topic} {facts.get('what', '')}".strip())


PLAIN: Final = Renderer(
    card=draw,
    entry=_told,
    direct=lambda scene, topic, facts: _written(f"DM: {_told(scene, topic, facts).text}"),
    invite=lambda _, channel: _written(f"/invite me to {channel}"),
    undelivered=lambda _, topic, code: _written(f"undelivered: {topic} ({code})"),
)


def said(what: str, audience: Audience = Audience.THREAD, topic: Topic = Topic.MOVED) -> Notice:
    """Something to tell; the words serve as its key as well."""
    return Notice(topic, audience, f"{audience}:{what}", {"what": what})


class Office:
    """What the tests of the relay talk to.

    Attributes:
        as_client: asks in alice's stead.
    """

    def __init__(self, workspace: Workspace, slack: HeldSlack, settings: SlackSettings) -> None:
        self.workspace, self.slack, self.settings = workspace, slack, settings
        self.storage, self.clock, self.bell = MemoryStorage(), ManualClock(), Bell()
        self.transactions = Transactions(self.storage, self.clock, self.bell)
        self.rule = Rule(("*",), mention="here")
        self.alice = workspace.add_user("alice")
        self.channel: Channel = workspace.add_channel("payments", members=[self.alice])
        self.as_client: Client | None = None
        self.relay = self.new_relay()

    @property
    def requester(self) -> Person:
        return Person(TeamId(self.workspace.team_id), UserId(self.alice.id))

    @property
    def waiting(self) -> list[Entry]:
        return list(self.storage.tables.waiting.values())

    def new_relay(self, renderer: Renderer = PLAIN, poll_every: float = 60) -> Relay:
        """One that wakes by the bell and by its own appointments alone, so that a test knows why it woke."""
        policy = Policy((self.rule,))
        self.relay = Relay(self.slack, lambda: policy, self.settings, self.clock, renderer, poll_every)
        return self.relay

    @asynccontextmanager
    async def at_work(self, holder: str = "office") -> AsyncIterator[asyncio.Task[None]]:
        """Run the relay under a lease of its own; afterwards it has stopped."""
        tenure = await self.storage.lease.take(holder, HOUR)
        assert tenure is not None
        running = asyncio.create_task(self.relay.run(self.transactions.fenced(tenure.fence)))
        try:
            yield running
        finally:
            if not running.done():
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
            await self.storage.lease.give_back(tenure)

    # -- what happens to mappings -------------------------------------------------------------------------------------

    async def ask(self, place: Place | None = None, **fields: Any) -> Mapping:
        """Somebody asks for a mapping."""
        now = self.clock.now()
        mapping = Mapping(
            version=1,
            requester=self.as_client or self.requester,
            target=Target(Kind.POD, "payments", "api-0", 5005),
            endpoint=Endpoint(ip_address("10.1.2.3"), 5005, PodUid("uid")),
            sources=PRIVATE_NETWORKS,
            ttl=HOUR,
            place=place or Place(self.channel.id),
            requested_at=now,
            pending_until=now + HOUR,
            **fields,
        )
        return await self.record(Decision(mapping, Event.REQUEST, mapping.requester, now, None, (card(1),)))

    async def happen(
        self, mapping: Mapping, event: Event, *notices: Notice, redraw: bool = True, **fields: Any
    ) -> Mapping:
        """Something happens to it, and these notices tell."""
        changed = replace(mapping, **fields)
        return await self.record(step(changed, event, System.TIMER, self.clock.now(), notices=notices, redraw=redraw))

    async def tell(self, mapping: Mapping, *notices: Notice) -> Mapping:
        """Nothing happens but these notices."""
        return await self.happen(mapping, Event.RETARGET, *notices, redraw=False)

    async def open(self, mapping: Mapping, *notices: Notice) -> Mapping:
        """It is granted and opened, until an hour from now."""
        granted = await self.happen(mapping, Event.GRANT, port=10_000 + mapping.id)
        return await self.happen(granted, Event.OPENED, *notices, expires_at=self.clock.now() + HOUR)

    async def warn(self, mapping: Mapping) -> Mapping:
        """Its end comes near."""
        assert mapping.expires_at is not None
        until = stamp(mapping.expires_at)
        notice = Notice(Topic.WARNING, Audience.THREAD, f"warning:{until}", {"until": until, "what": "soon"})
        return await self.happen(mapping, Event.WARN, notice, redraw=False)

    async def record(self, decision: Decision) -> Mapping:
        async def work(ledger: Ledger) -> Mapping:
            return await ledger.record(decision)

        return await self.transactions.commit(work)

    # -- waiting ------------------------------------------------------------------------------------------------------

    async def quiet(self) -> None:
        """Wait until everything was told or given up."""
        await self.until(lambda: not self.waiting)

    async def postponed(self) -> datetime:
        """Wait until something has to wait; returns until when."""
        await self.until(lambda: any(entry.not_before > self.clock.now() for entry in self.waiting))
        return max(entry.not_before for entry in self.waiting)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something in the database."""
        commits = self.storage.changes.commits()
        async with asyncio.timeout(SOON):
            while not condition():
                await anext(commits)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and wake the relay."""
        self.clock.advance(timedelta(seconds=seconds))
        self.relay.joined("C-of-nobody")

    def shown(self, channel: Channel | None = None) -> list[str]:
        """What stands in a channel now, replies indented."""
        messages = (channel or self.channel).messages
        return [f"  {message.text}" if message.is_reply else message.text for message in messages]

    @property
    def direct(self) -> list[str]:
        """What stands in the requester's conversation with the bot."""
        return self.shown(self.alice.app_dm)
