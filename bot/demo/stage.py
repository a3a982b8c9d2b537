"""Everything the story needs: a workspace with three people, two pods, and the bot as a process of its own."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final, Self

from bot.demo.pod import EchoPod
from bot.demo.ports import free_range
from bot.demo.process import BotProcess
from bot.workspace.workspace import Workspace
from core.domain.route import PortRange

_POLICY: Final = """\
# Seconds for hours: the demo must end in a minute.
operators:
  users: [{carol}]
rules:
  - namespaces: [payments]
    approvals: 1
    sources: ["127.0.0.0/8"]
    default_ttl: 12s
    max_ttl: {longest}
    max_lifetime: {longest}
    pending_ttl: {longest}
    warn_before: 4s
    extend_by: [{steps}]
"""
_INVENTORY: Final = """\
- namespace: payments
  name: api-0
  address: 127.0.0.1
  ports: [{{name: debug, number: {api}}}]
- namespace: payments
  name: worker-0
  address: 127.0.0.1
  ports: [{{name: debug, number: {worker}}}]
"""
_RANGE: Final = 10
_PATIENCE: Final = 20.0
_MOMENT: Final = 0.5


class BotEnded(RuntimeError):
    """The bot ended by itself where it should have gone on."""


class Stage:
    """Builds the scenery in a folder of its own, on free ports, and takes it down again.

    Attributes:
        workspace: the local Slack.
        people: alice asks, bob decides, carol is an operator.
        api, worker: the pods.
        bot: not started yet when the stage is entered.
        first_port: of the ports for mappings; ``rest_port`` is where the bot answers HTTP.
    """

    def __init__(self, folder: Path, *, stay: bool) -> None:
        self._folder, self._stay = folder, stay
        self._stack = AsyncExitStack()
        self.workspace = Workspace()
        self.api, self.worker = EchoPod("api-0"), EchoPod("worker-0")
        self.people = tuple(self.workspace.add_user(name) for name in ("alice", "bob", "carol"))
        self.alice, self.bob, self.carol = self.people
        self.channel = self.workspace.add_channel("payments", members=self.people)
        self.first_port = free_range(_RANGE + 1)
        self.rest_port = self.first_port + _RANGE
        self.bot = BotProcess(self._flags(), {}, self._folder / "bot.log")

    async def __aenter__(self) -> Self:
        """Start all of it but the bot."""
        async with AsyncExitStack() as stack:
            for part in (self.workspace, self.api, self.worker):
                await stack.enter_async_context(part)
            self._stack = stack.pop_all()
        longest, steps = ("8h", "8s, 16s, 10m") if self._stay else ("2m", "8s, 16s")
        self._write("policy.yaml", _POLICY.format(carol=self.carol.id, longest=longest, steps=steps))
        self._write("inventory.yaml", _INVENTORY.format(api=self.api.port, worker=self.worker.port))
        self.bot = BotProcess(self._flags(), self._tokens(), self._folder / "bot.log")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop all of it, HAProxy included."""
        try:
            await self._stop_bot()
        finally:
            await self._stack.aclose()

    @property
    def state_dir(self) -> Path:
        """Where the bot keeps everything, its HAProxy included."""
        return self._folder / "state"

    @property
    def ports(self) -> PortRange:
        """The ports for mappings."""
        return PortRange(self.first_port, self.first_port + _RANGE - 1)

    async def start_bot(self) -> None:
        """Start the bot, and wait until it listens to Slack.

        Raises:
            BotEnded: it ended instead.
            NotSeenError: it did not connect in time.
        """
        known = set(self.workspace.sockets.sockets)  # those of a killed bot may still be there for a moment
        await self.bot.start()
        ending = asyncio.create_task(self.bot.exited())
        arriving = asyncio.create_task(
            self.workspace.until(lambda: bool(set(self.workspace.sockets.sockets) - known), within=_PATIENCE)
        )
        try:
            await asyncio.wait({ending, arriving}, return_when=asyncio.FIRST_COMPLETED)
            if not arriving.done():
                raise BotEnded(f"the bot ended with exit code {await ending}")
            await arriving
        finally:
            for task in (ending, arriving):
                task.cancel()
            await asyncio.gather(ending, arriving, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until the bot has had nothing to say to Slack for a moment.

        What it posted a moment ago it may not have written down yet; killed now, it would post that once more.
        """
        said = -1
        while said != len(self.workspace.calls.all()):
            said = len(self.workspace.calls.all())
            await asyncio.sleep(_MOMENT)

    async def _stop_bot(self) -> None:
        """Only a bot takes its HAProxy down: one that was killed has to come back for it."""
        if self.bot.was_killed:
            with suppress(BotEnded, TimeoutError):
                await self.start_bot()
        await self.bot.stop()

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)

    def _flags(self) -> dict[str, object]:
        return {
            "--state-dir": self.state_dir,
            "--policy": self._folder / "policy.yaml",
            "--inventory": self._folder / "inventory.yaml",
            "--ports": self.ports,
            "--bind-addr": "127.0.0.1",
            "--advertise-host": "127.0.0.1",
            "--listen-port": self.rest_port,
            "--port-rest": "1s",
            "--stop-gateway": True,
        }

    def _tokens(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_API_URL": self.workspace.api_url,
        }
