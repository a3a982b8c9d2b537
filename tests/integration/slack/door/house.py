"""Everything behind the door: the mapping engine over its memory twins, people, pods, and a channel to do things in."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

from bot.slack import buttons
from bot.slack.blocks.message import Block
from bot.slack.blocks.message import Message as Drawn
from bot.slack.buttons import Button, extend_action
from bot.slack.door import News, Services
from bot.slack.webapi.client import Slack
from bot.workspace import Message, Workspace
from bot.workspace import Person as Somebody
from core.adapters.clock import SystemClock
from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.directory import MemoryDirectory
from core.adapters.memory.storage import MemoryStorage
from core.domain.mapping import Mapping, MappingId, Place, Reference, Terms, step
from core.domain.people import Person, Standing, System, TeamId, UserId
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import Policy, Rule
from core.domain.request import Ask
from core.domain.route import PortRange
from core.domain.states import Event, State
from core.domain.target import Kind, PodRef, PodUid, Target
from core.services.access import Access, Terrain, Who
from core.services.brakes import Brakes
from core.services.overview import Overview
from core.services.queries import Queries
from core.services.suggestions import Suggestions
from core.services.transactions import Bell, Transactions

HOUR: Final = timedelta(hours=1)
POLICY: Final = Policy(
    (
        Rule(("payments",)),
        Rule(("sandbox",), approvals=0),
        Rule(("careful",), approvals=0, extension_approvals=1),
    )
)
"""With an approval, without, and without but for more time."""

PODS: Final = tuple(
    Pod(
        PodRef(namespace, "api-0"),
        PodUid(f"uid-in-{namespace}"),
        Phase.RUNNING,
        ip_address("10.1.2.3"),
        ready=True,
        ports=(ContainerPort(5005, "debug"), ContainerPort(8080, "http")),
    )
    for namespace in ("payments", "sandbox", "careful")
)


class House:
    """What stands behind the door, and who comes to it.

    Attributes:
        heard: what Slack told of its own accord, as it reached whoever wants to know.
    """

    def __init__(self, workspace: Workspace, slack: Slack) -> None:
        self.workspace, self.slack = workspace, slack
        self.clock, self.storage, self.cluster = SystemClock(), MemoryStorage(), MemoryCluster(*PODS)
        self.directory = MemoryDirectory()
        self.alice, self.bob, self.carol = (self.let_in(name) for name in ("alice", "bob", "carol"))
        self.channel = workspace.add_channel("payments", members=[self.alice, self.bob, self.carol])
        self.transactions = Transactions(self.storage, self.clock, Bell())
        terrain = Terrain(PortRange(10_000, 10_009))
        access = Access(self.transactions, self.cluster, self.directory, lambda: POLICY, terrain)
        queries = Queries(self.transactions, self.directory, lambda: POLICY)
        overview = Overview(self.transactions, self.directory, lambda: POLICY)
        bell = self.transactions.bell
        suggestions = Suggestions(self.cluster, self.cluster, self.directory, lambda: POLICY, self.clock)
        brakes = Brakes(self.transactions, self.directory, lambda: POLICY)
        self.services = Services(access, queries, overview, suggestions, lambda: POLICY, self.clock, bell, brakes)
        self.heard: list[tuple[str, str]] = []
        self.news = News(
            invited=lambda channel: self.heard.append(("invited", channel)),
            user_changed=lambda user: self.heard.append(("user", user)),
            group_changed=lambda group: self.heard.append(("group", group)),
        )

    # -- people -------------------------------------------------------------------------------------------------------

    def let_in(self, name: str, standing: Standing = Standing.MEMBER) -> Somebody:
        somebody = self.workspace.add_user(name)
        self.directory.add(self.person(somebody), standing=standing)
        return somebody

    def person(self, somebody: Somebody) -> Person:
        return Person(TeamId(somebody.user.team_id), UserId(somebody.id))

    # -- mappings -----------------------------------------------------------------------------------------------------

    async def requested(self, namespace: str = "payments") -> Mapping:
        """Let alice ask for the pod there."""
        target = Target(Kind.POD, namespace, "api-0", 5005)
        place = Place(self.channel.id)
        made = await self.services.access.request(Ask(target), Who(self.person(self.alice)), place)
        return made.mapping

    async def opened(self, namespace: str = "payments") -> Mapping:
        """Let alice have the port open for an hour."""
        mapping = await self.requested(namespace)
        if mapping.state is State.REQUESTED:
            mapping = await self.services.access.approve(mapping.id, Who(self.person(self.bob)))
        now = self.clock.now().replace(microsecond=0)
        running = replace(mapping, opened_at=now, expires_at=now + HOUR, enforced_until=now + HOUR)
        async with self.storage.unit_of_work() as uow:
            mapping = await uow.record(step(running, Event.OPENED, System.GATEWAY, now))
            await uow.commit()
        return mapping

    async def denied(self) -> Mapping:
        """Let bob deny what alice asks for."""
        mapping = await self.requested()
        return await self.services.access.deny(mapping.id, Who(self.person(self.bob)))

    async def withdrawn(self, mapping: Mapping) -> None:
        """Let alice take a request back."""
        await self.services.access.close(Reference(mapping_id=mapping.id), Who(self.person(self.alice)))

    async def now(self, mapping: Mapping) -> Mapping:
        return await self.services.access.get(mapping.id)

    def mappings(self) -> Sequence[Mapping]:
        return list(self.storage.tables.mappings.values())

    def audit(self) -> Sequence[str]:
        return [entry.event for entry in self.storage.tables.audit]

    # -- buttons ------------------------------------------------------------------------------------------------------

    async def draw(self, mapping: Mapping, thread_ts: str | None = None) -> Message:
        """Post every button there is for a mapping, as it stands now."""
        return await self.draw_values(mapping.id, mapping.terms, thread_ts)

    async def draw_values(self, mapping_id: MappingId, terms: Terms, thread_ts: str | None = None) -> Message:
        plain = Button(mapping_id, terms).value
        values = dict.fromkeys(
            (
                buttons.APPROVE,
                buttons.DENY,
                buttons.AMEND,
                buttons.CLOSE,
                buttons.RETRY,
                buttons.APPROVE_EXTENSION,
                buttons.DENY_EXTENSION,
                buttons.AGAIN,
                "from_another_version",
            ),
            plain,
        )
        values |= {
            extend_action(number): Button(mapping_id, terms, timedelta(minutes=30 * (number + 1))).value
            for number in range(2)
        }
        row: Block = {"type": "actions", "elements": [_button(action, value) for action, value in values.items()]}
        ts = await self.slack.post(self.channel.id, Drawn("buttons", (row,)), thread_ts)
        return next(message for message in self.channel.messages if message.ts == ts)


def _button(action: str, value: str) -> Block:
    text = {"type": "plain_text", "text": action}
    return {"type": "button", "text": text, "action_id": action, "value": value}


async def eventually(predicate: Callable[[], bool]) -> None:
    """Wait for what nothing rings for."""
    async with asyncio.timeout(10):
        while not predicate():  # noqa: ASYNC110 - that is what it is for
            await asyncio.sleep(0.01)
