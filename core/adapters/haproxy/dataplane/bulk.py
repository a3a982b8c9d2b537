"""Every slot at once: the same steps as for one, several slots at a time, and empty maps filled in one request."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from core.adapters.haproxy.convergence import Pace
from core.adapters.haproxy.dataplane.doing import Doer, together
from core.adapters.haproxy.dataplane.reader import Reader, Whole
from core.adapters.haproxy.operations import Add, Operation
from core.adapters.haproxy.slots import Entry
from core.adapters.haproxy.steps import Step, next_step
from core.domain.errors import GatewayRefused, StillConnected
from core.domain.route import Route

AT_A_TIME: Final = 32
"""Slots: so many add to the maps in one request, and are looked at by the same reading."""


class Resync:
    """Makes a gateway serve some routes and nothing else. What is right already is left alone.

    The API cannot replace a map in one moment, so that entries are added and deleted one by one, but for those of a map
    that is empty, as a fresh HAProxy's are.
    """

    def __init__(self, reader: Reader, doer: Doer, settle: timedelta) -> None:
        self._reader, self._doer, self._settle = reader, doer, settle

    async def run(self, wanted: Mapping[int, Route]) -> None:
        """Do it.

        Raises:
            StillConnected: sessions are left on a port that is in no route.
            GatewayRefused: a slot does not become what it should be.
        """
        pace = Pace(self._settle)
        before: dict[int, Step] = {}
        while True:
            whole = await self._reader.whole()
            there = {port: route for port, route in wanted.items() if port in whole.snapshot.states}
            steps = _steps(there, whole)
            if not steps and not whole.strays:
                return
            if steps == before:
                await _same_again(pace, there, whole, steps)
            else:
                pace = Pace(self._settle)  # a round of all slots may take longer than one slot may
            await self._do(whole, steps)
            before = steps

    async def _do(self, whole: Whole, steps: Mapping[int, Step]) -> None:
        operations = {port: step.operations for port, step in steps.items()}
        filled = _to_fill(operations.values(), whole.empty)
        for name, entries in filled.items():
            await self._doer.fill(name, entries)
        left = [[one for one in done if not _is_filled(one, filled)] for done in operations.values()]
        await self._at_once([*left, whole.strays])

    async def _at_once(self, many: Iterable[Sequence[Operation]]) -> None:
        turns = asyncio.Semaphore(AT_A_TIME)

        async def do(operations: Sequence[Operation]) -> None:
            async with turns:
                await self._doer.do(operations)

        await together(*map(do, many))


def _steps(wanted: Mapping[int, Route], whole: Whole) -> dict[int, Step]:
    steps = {port: next_step(wanted.get(port), state) for port, state in whole.snapshot.states.items()}
    return {port: step for port, step in steps.items() if step}


def _to_fill(operations: Iterable[Sequence[Operation]], empty: frozenset[str]) -> dict[str, list[Entry]]:
    """Gather what is to be added to maps that are empty."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for done in operations:
        for one in done:
            if isinstance(one, Add) and one.map in empty:
                found[one.map].append((one.key, one.value))
    return dict(sorted(found.items(), reverse=True))  # until.map before allow.map


def _is_filled(operation: Operation, filled: Mapping[str, object]) -> bool:
    return isinstance(operation, Add) and operation.map in filled


async def _same_again(pace: Pace, wanted: Mapping[int, Route], whole: Whole, steps: Mapping[int, Step]) -> None:
    """Wait a little, or give up: what it was told has not shown yet."""
    if not pace.over:
        await pace.pause()
        return
    states = whole.snapshot.states
    for port in sorted(steps):
        if port not in wanted and states[port].sessions:
            raise StillConnected(port, states[port].sessions)
    if not steps:
        raise GatewayRefused("to forget what is of no slot", "somebody puts it back into its maps")
    port = min(steps)
    raise GatewayRefused(f"port {port}", f"it stays at {states[port]}")
