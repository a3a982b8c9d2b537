"""Reading a gateway: what it runs, and what it holds about its slots."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from core.adapters.haproxy import replies, slots
from core.adapters.haproxy.commands import Command, Maps, command, spell
from core.adapters.haproxy.operations import Operation
from core.adapters.haproxy.replies import Counters, SlotState
from core.adapters.haproxy.runtime import RuntimeSocket
from core.adapters.haproxy.slots import ALLOW, UNTIL, backend
from core.domain.errors import GatewayRefused, NoSlot
from core.domain.route import Rejections, Usage

EPOCH: Final = command("pp", "epoch")
_SERVERS: Final = command("show", "servers", "state")
_BACKENDS: Final = command("show", "stat", -1, 2, -1)  # of every proxy (-1): backends (2), all of them (-1)
_MAPS: Final = command("show", "map")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a gateway said of itself at one moment.

    Attributes:
        states: the slots that it has, of those that were asked for.
        strays: its maps hold entries of no slot; known only where all were asked for.
        complaints: about what it was told to do before.
        usage: of the one slot that was asked for, where it is shut and that was wanted.
    """

    epoch: str
    states: Mapping[int, SlotState]
    complaints: tuple[str, ...] = ()
    strays: bool = False
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process answers.

    Attributes:
        config: the ``sha`` of the configuration that it runs.
    """

    epoch: str
    config: str
    pid: int
    version: str


class Reader:
    """Asks a gateway about itself. Raises what ``RuntimeSocket.ask`` raises."""

    def __init__(self, socket: RuntimeSocket) -> None:
        self._socket = socket
        self._maps: Maps | None = None

    async def identity(self) -> Identity:
        """Say which process answers."""
        answers = await self._socket.ask(EPOCH, command("show", "info"))
        epoch, info = answers.replies
        lines = dict(line.split(": ", 1) for line in info.splitlines() if ": " in line)
        return Identity(epoch.strip(), answers.config, int(lines["Pid"]), lines["Version"])

    async def maps(self) -> Maps:
        """Find the paths of the two maps; they are those of its configuration, hence asked for once."""
        if self._maps is None:
            answers = await self._socket.ask(_MAPS)
            paths = replies.map_files(answers.replies[0])
            if not {ALLOW, UNTIL} <= paths.keys():
                raise GatewayRefused("a look at its maps", f"it has no {ALLOW} or no {UNTIL}")
            self._maps = Maps(paths[ALLOW], paths[UNTIL])
        return self._maps

    async def all_slots(self) -> Snapshot:
        """Read every slot."""
        return await self._read(_SERVERS, _BACKENDS)

    async def one_slot(self, port: int, first: Sequence[Operation] = (), *, counted: bool = False) -> Snapshot:
        """Do some operations, in order, and read one slot after them; ``counted``: and its usage, if it is shut.

        Raises:
            NoSlot: it has none for this port.
        """
        server = command("show", "servers", "state", backend(port))
        async with self._of(port):
            return await self._read(server, _stat(port), first, port, [_callers(port)] if counted else [])

    @asynccontextmanager
    async def _of(self, port: int) -> AsyncIterator[None]:
        """Tell a refusal for want of the slot from any other."""
        try:
            yield
        except GatewayRefused as exc:
            if port in (await self.all_slots()).states:
                raise
            raise NoSlot(port, "the running configuration has no slot for it") from exc

    async def _read(
        self,
        servers: Command,
        stat: Command,
        first: Sequence[Operation] = (),
        only: int | None = None,
        callers: Sequence[Command] = (),
    ) -> Snapshot:
        maps = await self.maps()
        told = [one for operation in first for one in spell(operation, maps)]
        until, allow = command("show", "map", maps.until), command("show", "map", maps.allow)
        try:
            answers = await self._socket.ask(EPOCH, servers, stat, until, allow, *callers, first=told)
        except GatewayRefused:
            self._maps = None  # another configuration may keep them elsewhere
            raise
        epoch, server_text, stat_text, until_text, allow_text, *tables = answers.replies
        states = replies.states(server_text, stat_text, until_text, allow_text, only)
        strays = only is None and replies.strays(until_text, allow_text, states)
        shut = only is not None and only in states and states[only].server.maintenance
        usage = _usage(epoch, only, stat_text, tables[0]) if only is not None and shut and tables else None
        return Snapshot(epoch.strip(), states, answers.complaints, strays, usage)

    async def usage(self, port: int) -> Usage:
        """Read one slot's counters.

        Raises:
            NoSlot: it has none for this port.
        """
        async with self._of(port):
            epoch, stat_text, table_text = (await self._socket.ask(EPOCH, _stat(port), _callers(port))).replies
        return _usage(epoch, port, stat_text, table_text)

    async def refused(self) -> Rejections:
        """Read whom it refused on any port: only those entries of the table that say so."""
        table = command("show", "table", slots.FRONTEND, "data.gpc0", "gt", 0)
        epoch, table_text = (await self._socket.ask(EPOCH, table)).replies
        return Rejections(epoch.strip(), replies.refused(table_text))


def _stat(port: int) -> Command:
    return command("show", "stat", backend(port), 2, -1)


def _callers(port: int) -> Command:
    return command("show", "table", slots.FRONTEND, "data.gpt0", "eq", port)


def _usage(epoch: str, port: int, stat_text: str, table_text: str) -> Usage:
    counted = replies.counters(stat_text).get(port, Counters(0, 0, 0, 0, 0))
    callers = replies.callers(table_text)
    return Usage(
        epoch.strip(),
        connections=counted.connections,
        bytes_in=counted.bytes_in,
        bytes_out=counted.bytes_out,
        failed=counted.failed,
        callers={address: connections for address, (connections, _) in callers.items()},
        refused={address: refused for address, (_, refused) in callers.items() if refused},
    )
