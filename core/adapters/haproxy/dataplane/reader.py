"""Asking the API about HAProxy: who it is, and what it holds about its slots."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

from core.adapters.haproxy import replies, slots
from core.adapters.haproxy.convergence import Pace
from core.adapters.haproxy.dataplane import answers
from core.adapters.haproxy.dataplane.doing import Doer
from core.adapters.haproxy.dataplane.rendering import DESK
from core.adapters.haproxy.dataplane.shared import Shared
from core.adapters.haproxy.dataplane.talk import NO_SLOT, Talk
from core.adapters.haproxy.operations import Aim, Delete, Operation, Ready
from core.adapters.haproxy.replies import Counters, Server, SlotState
from core.adapters.haproxy.slots import ALLOW, UNTIL, Entry
from core.adapters.haproxy.snapshot import Identity, Snapshot
from core.domain.errors import GatewayUnreachable, NoSlot
from core.domain.route import Rejections, Usage

EntriesByPort: TypeAlias = Mapping[int, tuple[Entry, ...]]
_SAYS_WITHIN: Final = timedelta(seconds=1.5)
"""In which a process that has only just begun says who it is."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything a gateway holds.

    Attributes:
        strays: what takes out of its maps what is of no slot.
        empty: the maps without any entry.
    """

    snapshot: Snapshot
    strays: tuple[Delete, ...]
    empty: frozenset[str]


class Reader:
    """Asks a gateway about itself, and tells it what to do before. Raises what ``Api.call`` raises."""

    def __init__(self, talk: Talk, doer: Doer) -> None:
        self._talk, self._doer = talk, doer
        self._counted = Shared(self._all_counters)
        self._until, self._allow = Shared(self._all_deadlines), Shared(self._all_allowed)

    async def epoch(self) -> str:
        """Name the life of the process, as it says itself."""
        return (await self._signs())["epoch"]

    async def identity(self) -> Identity:
        """Say which process answers."""
        signs, info = await self._signs(), (await self._talk.info()).info
        if info is None:
            raise GatewayUnreachable(str(self._talk), "its HAProxy is down")
        return Identity(signs["epoch"], signs["config"], info.pid, info.version)

    async def folder(self) -> Path:
        """Say where the files of its configuration lie."""
        found = await self._talk.ask((await self._talk.dialect()).maps(), answers.MAPS)
        paths = [Path(one.file) for one in found or []]
        return next((path.parent for path in paths if path.name == UNTIL), Path("/"))

    async def _signs(self) -> dict[str, str]:
        """Read what the process put up on the desk when it began."""
        pace = Pace(_SAYS_WITHIN)
        while True:
            signs = dict(await self._talk.entries(DESK))
            if {"epoch", "config"} <= signs.keys():
                return signs
            if pace.over:
                raise GatewayUnreachable(str(self._talk), "its HAProxy does not say who it is")
            await pace.pause()

    async def whole(self) -> Whole:
        """Read every slot, of one process.

        Raises:
            GatewayUnreachable: another process took its place meanwhile.
        """
        epoch = await self.epoch()
        lines = answers.lines(await self._talk.ask((await self._talk.dialect()).statistics(), answers.STATS))
        until, allow = await self._talk.entries(UNTIL), await self._talk.entries(ALLOW)
        if await self.epoch() != epoch:
            raise GatewayUnreachable(str(self._talk), "its HAProxy was restarted while it was read")
        sessions = {port: counted.sessions for port, counted in answers.counters(lines).items()}
        states = replies.together(answers.servers(lines), sessions, until, allow)
        strays = (*_strays(UNTIL, until, states.keys()), *_strays(ALLOW, allow, states.keys()))
        empty = frozenset(name for name, found in ((UNTIL, until), (ALLOW, allow)) if not found)
        return Whole(Snapshot(epoch, states, strays=bool(strays)), strays, empty)

    async def one_slot(self, port: int, first: Sequence[Operation] = (), *, counted: bool = False) -> Snapshot:
        """Do some operations, in order, and read one slot after them; ``counted``: and its usage, if it is shut.

        Raises:
            NoSlot: it has none for this port.
        """
        await self._doer.do(first)
        server, until, allow = await asyncio.gather(self._server(port), self._until.get(), self._allowed(first))
        sessions, usage = 0, None
        if counted and server.maintenance:
            sessions, usage = await self._used(port)
        elif _may_have_sessions(server, first):
            sessions = (await self._counters(port)).sessions
        deadlines = tuple(value for _, value in until.get(port, ()))
        return Snapshot("", {port: SlotState(port, server, deadlines, allow.get(port, ()), sessions)}, usage=usage)

    async def usage(self, port: int) -> Usage:
        """Read one slot's counters.

        Raises:
            NoSlot: it has none for this port.
        """
        return (await self._used(port))[1]

    async def _used(self, port: int) -> tuple[int, Usage]:
        """Read one slot's sessions and counters, and who they were; each takes a while, and none waits for another."""
        table = (await self._talk.dialect()).table(f"gpt0 eq {port}")
        counted, epoch, found = await asyncio.gather(
            self._counters(port), self.epoch(), self._talk.ask(table, answers.CALLERS)
        )
        callers, refused = answers.callers(found or [], port)
        return counted.sessions, Usage(
            epoch,
            connections=counted.connections,
            bytes_in=counted.bytes_in,
            bytes_out=counted.bytes_out,
            failed=counted.failed,
            callers=callers,
            refused=refused,
        )

    async def refused(self) -> Rejections:
        """Read whom it refused on any port."""
        table = (await self._talk.dialect()).table("gpc0 gt 0")
        found = await self._talk.ask(table, answers.CALLERS) or []
        return Rejections(await self.epoch(), answers.refused(found))

    async def _server(self, port: int) -> Server:
        call = (await self._talk.dialect()).server(port)
        return (await self._talk.slot(port, call)).read(answers.RUNTIME_SERVER).read()

    async def _all_deadlines(self) -> EntriesByPort:
        return answers.by_port(await self._talk.entries(UNTIL), answers.port_of_deadline)

    async def _all_allowed(self) -> EntriesByPort:
        return answers.by_port(await self._talk.entries(ALLOW), slots.port_of_entry)

    async def _allowed(self, done: Sequence[Operation]) -> EntriesByPort:
        """Read who may connect; what was read for the look before is good enough where only a slot was changed since.

        It is long, and the same for all who look at the same time.
        """
        before = self._allow.latest if done and all(isinstance(one, Ready) for one in done) else None
        return await self._allow.get() if before is None else before

    async def _counters(self, port: int) -> Counters:
        found = await self._counted.get()
        if port not in found:
            raise NoSlot(port, NO_SLOT)
        return found[port]

    async def _all_counters(self) -> dict[int, Counters]:
        call = (await self._talk.dialect()).statistics("backend")
        return answers.counters(answers.lines(await self._talk.ask(call, answers.STATS)))


def _strays(name: str, entries: Sequence[Entry], known: Container[int | None]) -> list[Delete]:
    port_of = answers.port_of_deadline if name == UNTIL else slots.port_of_entry
    return [Delete(name, key) for key, _ in entries if port_of(key) not in known]


def _may_have_sessions(server: Server, done: Sequence[Operation]) -> bool:
    """Whether it is worth a look: the API goes through the counters of all slots for it.

    While a slot serves, nobody asks. It is aimed somewhere else only when it is shut and nobody is left on it.
    """
    aimed = (server.address, server.port) == slots.NOWHERE or any(isinstance(one, Aim) for one in done)
    return server.maintenance and not aimed
