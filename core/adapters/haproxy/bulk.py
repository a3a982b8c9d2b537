"""Every slot at once: the same steps as for one, in few exchanges, and each map replaced as a whole."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from core.adapters.haproxy import slots
from core.adapters.haproxy.commands import Maps, command, payloads, spell
from core.adapters.haproxy.convergence import Pace
from core.adapters.haproxy.runtime import RuntimeSocket
from core.adapters.haproxy.slots import Entry
from core.adapters.haproxy.snapshot import Reader, Snapshot
from core.adapters.haproxy.steps import Step, next_step
from core.domain.errors import GatewayRefused, StillConnected
from core.domain.route import Route


class Resync:
    """Makes a gateway serve some routes and nothing else.

    What is right already is left alone. A map is replaced in one moment (``prepare``, ``add``, ``commit``), in which no
    entry that stays is ever missing.
    """

    def __init__(self, socket: RuntimeSocket, reader: Reader, settle: timedelta) -> None:
        self._socket, self._reader, self._pace = socket, reader, Pace(settle)

    async def run(self, wanted: Mapping[int, Route]) -> None:
        """Do it.

        Raises:
            StillConnected: sessions are left on a port that is in no route.
            GatewayRefused: a slot does not become what it should be.
        """
        maps = await self._reader.maps()
        steps: dict[int, Step] = {}
        while True:
            snapshot = await self._reader.all_slots()
            there = {port: route for port, route in wanted.items() if port in snapshot.states}
            previous, steps = steps, _steps(there, snapshot)
            if not steps and not snapshot.strays:
                return
            if steps == previous:
                await self._same_again(there, snapshot, steps)
            done = (one for step in steps.values() for one in step.server)
            await self._socket.tell([line for one in done for line in spell(one, maps)])
            if snapshot.strays or any(step.maps for step in steps.values()):
                await self._replace_maps(there, maps)

    async def _replace_maps(self, wanted: Mapping[int, Route], maps: Maps) -> None:
        await self._replace(maps.until, [(str(port), slots.seconds(r.until)) for port, r in wanted.items()])
        await self._replace(maps.allow, [one for r in wanted.values() for one in slots.entries(r.port, r.sources)])

    async def _replace(self, path: str, entries: Iterable[Entry]) -> None:
        prepared = (await self._socket.ask(command("prepare", "map", path))).replies[0]
        version = re.search(r"(\d+)\s*$", prepared)
        if version is None:
            raise GatewayRefused(f"a new version of {path}", prepared)
        at = f"@{version[1]}"
        adding = payloads(command("add", "map", at, path), entries)
        complaints = await self._socket.tell([*adding, command("commit", "map", at, path)])
        if complaints:
            raise GatewayRefused(f"new entries for {path}", "; ".join(complaints))

    async def _same_again(self, wanted: Mapping[int, Route], snapshot: Snapshot, steps: Mapping[int, Step]) -> None:
        """Wait a little, or give up: what it was told has not shown yet."""
        if not self._pace.over:
            await self._pace.pause()
            return
        for port in sorted(steps):
            if port not in wanted and snapshot.states[port].sessions:
                raise StillConnected(port, snapshot.states[port].sessions)
        if not steps:
            raise GatewayRefused("to forget what is of no slot", "somebody puts it back into its maps")
        port = min(steps)
        raise GatewayRefused(f"port {port}", f"it stays at {snapshot.states[port]}")


def _steps(wanted: Mapping[int, Route], snapshot: Snapshot) -> dict[int, Step]:
    steps = {port: next_step(wanted.get(port), state) for port, state in snapshot.states.items()}
    return {port: step for port, step in steps.items() if step}
