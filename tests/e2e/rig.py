"""A bot of its own process with everything around it real, but for Slack, which is the local workspace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from re import search
from typing import Final

import httpx

from bot.demo.caller import Caller
from bot.demo.pod import EchoPod
from bot.demo.process import BotProcess
from bot.workspace.channels import Channel
from bot.workspace.hands.person import Person
from bot.workspace.messages import Message
from bot.workspace.workspace import Workspace
from tests.e2e.haproxy import end_all
from tests.real_parts import free_port, free_ports

PATIENCE: Final = 20.0
SPAN: Final = 6

POLICY: Final = """\
operators: {{users: [{carol}]}}
rules:
  - namespaces: ["*"]
    approvals: 1
    sources: ["127.0.0.0/8"]
    default_ttl: 30s
    max_ttl: 5m
    max_lifetime: 10m
    pending_ttl: 5m
    warn_before: 2s
    extend_by: [5s, 10s]
"""
INVENTORY: Final = """\
- namespace: payments
  name: api-0
  address: 127.0.0.1
  ports: [{{name: debug, number: {port}}}]
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mapping as its card showed it when it was opened: later it shows something else.

    Attributes:
        end: the end that it had then.
    """

    card: Message
    port: int
    end: datetime

    def replies(self, words: str) -> Callable[[Message], bool]:
        """Match what says this in the card's thread."""
        return lambda message: message.is_reply and message.thread_ts == self.card.ts and words in message.text

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Caller]:
        """Be connected to the pod through the port."""
        caller = await Caller.connect(self.port)
        try:
            assert await caller.line() == "api-0 says hello"
            yield caller
        finally:
            await caller.hang_up()


@dataclass
class Rig:
    """The workspace, its people, a pod, and where the bot keeps its things."""

    folder: Path
    pod: EchoPod
    workspace: Workspace = field(default_factory=Workspace)
    ports: tuple[int, ...] = field(default_factory=lambda: free_ports(SPAN))
    rest_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.alice, self.bob, self.carol = (self.workspace.add_user(name) for name in ("alice", "bob", "carol"))
        self.channel: Channel = self.workspace.add_channel("payments", members=[self.alice, self.bob, self.carol])

    def flags(self, **more: object) -> dict[str, object]:
        """What every bot of this rig is started with; ``more`` adds to it, ``None`` takes away."""
        flags: dict[str, object] = {
            "--state-dir": self.folder / "state",
            "--policy": self.folder / "policy.yaml",
            "--inventory": self.folder / "inventory.yaml",
            "--ports": f"{self.ports[0]}-{self.ports[-1]}",
            "--bind-addr": "127.0.0.1",
            "--advertise-host": "127.0.0.1",
            "--listen-port": self.rest_port,
            "--port-rest": "1s",
            "--stop-gateway": True,
        }
        flags |= {f"--{name.replace('_', '-')}": value for name, value in more.items()}
        return {name: value for name, value in flags.items() if value is not None}

    def tokens(self) -> dict[str, str]:
        """How the bot gets at the workspace."""
        return {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.workspace.api_url,
        }

    def write(self, **files: str) -> None:
        """Write files of the rig by name."""
        for name, text in files.items():
            (self.folder / f"{name}.yaml").write_text(text)

    @asynccontextmanager
    async def bot(
        self, *, sockets: int = 1, name: str = "bot", environment: Mapping[str, str] | None = None, **more: object
    ) -> AsyncIterator[BotProcess]:
        """Run one bot, and wait until Slack can reach it; it is stopped at the end, with its HAProxy.

        Args:
            sockets: wait until Slack has so many of them; with 0 the bot is to be reached over signed HTTP.
            name: of its log.
            environment: instead of the workspace's tokens.
            **more: settings beside the usual ones.
        """
        process = BotProcess(self.flags(**more), environment or self.tokens(), self.folder / f"{name}.log")
        try:
            await process.start()
            await (self.workspace.connected(sockets, within=PATIENCE) if sockets else self.is_reached_over_http())
            yield process
        except BaseException:
            print(process.log_tail())  # noqa: T201 - pytest shows it with the failure
            raise
        finally:
            await process.stop()

    async def start_again(self, bot: BotProcess, *extra: str) -> None:
        """Start a bot that has ended, with more flags perhaps, and wait until Slack can reach it."""
        known = set(self.workspace.sockets.sockets)  # those of a killed one may still be there for a moment
        await bot.start(*extra)
        await self.workspace.until(lambda: bool(set(self.workspace.sockets.sockets) - known), within=PATIENCE)

    async def is_reached_over_http(self) -> None:
        """Wait until the bot is ready, and have Slack deliver to its request URL."""
        url = f"http://127.0.0.1:{self.rest_port}"
        async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(PATIENCE):
            while not await _is_ready(client):  # noqa: ASYNC110 - another process becomes ready, not this one
                await asyncio.sleep(0.1)
        await self.workspace.use_request_url(f"{url}/slack/events")

    async def request(self, text: str, who: Person | None = None) -> Message:
        """Type a command that asks for a mapping, and wait for its card."""
        before = set(map(id, self.channel.messages))
        answer = await (who or self.alice).command("/proxy", text, channel=self.channel)
        assert answer.acked, answer.shown
        return await self.channel.message(lambda m: id(m) not in before and "Approve" in str(m.blocks), within=PATIENCE)

    async def open(self, text: str = "pod payments/api-0 30s") -> Opened:
        """Ask, have it approved, and wait until the card shows the port."""
        return await self.approve(await self.request(text))

    async def approve(self, card: Message, by: Person | None = None) -> Opened:
        """Approve, as bob where nobody else is named, and wait until the card shows the port."""
        await (by or self.bob).click(card, "Approve")
        await self.shows(card, "127.0.0.1:")
        return read_card(card)

    async def shows(self, card: Message, words: str, within: float = PATIENCE) -> None:
        """Wait until a card says something."""
        what = f"{words!r} on the card that says: {card.text}"
        await self.workspace.until(lambda: words in card.text, within=within, what=what)

    async def ends(self, card: Message, end: datetime) -> None:
        """Wait until a card shows this very end."""
        what = f"the end {end} on the card that says: {card.text}"
        await self.workspace.until(lambda: end_of(card) == end, within=PATIENCE, what=what)


def read_card(card: Message) -> Opened:
    """Read a card that shows an open mapping."""
    return Opened(card, _port_of(card), end_of(card))


def _port_of(card: Message) -> int:
    """The listening port that a card shows."""
    found = search(r"127\.0\.0\.1:(\d+)", card.text)
    assert found, card.text
    return int(found[1])


def end_of(card: Message) -> datetime:
    """The end that a card shows."""
    found = search(r"<!date\^(\d+)\^", card.text)
    assert found, card.text
    return datetime.fromtimestamp(int(found[1]), UTC)


@asynccontextmanager
async def rig_in(folder: Path) -> AsyncIterator[Rig]:
    """Set everything up but the bot."""
    async with AsyncExitStack() as stack:
        pod = await stack.enter_async_context(EchoPod("api-0"))
        rig = Rig(folder, pod)
        await stack.enter_async_context(rig.workspace)
        rig.write(policy=POLICY.format(carol=rig.carol.id), inventory=INVENTORY.format(port=pod.port))
        stack.callback(end_all, folder)
        yield rig


async def nobody_listens(port: int) -> bool:
    """Whether a connection to a port is refused, or ended before a byte of the pod came."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return True
    try:
        async with asyncio.timeout(5):
            return await reader.read(1) == b""
    except ConnectionError:
        return True
    finally:
        writer.close()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).is_success
    except httpx.TransportError:
        return False
