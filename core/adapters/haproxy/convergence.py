"""One slot, step by step, until it is as it should be."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final, Protocol

from core.adapters.haproxy.operations import Operation
from core.adapters.haproxy.replies import SlotState
from core.adapters.haproxy.snapshot import Snapshot
from core.adapters.haproxy.steps import Step, ended_by_itself, leads_to, next_step
from core.domain.errors import GatewayRefused, StillConnected
from core.domain.route import Applied, Route, Usage
from core.interfaces import Clock

_FIRST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.1


class Pace:
    """How long to go on, and how long to wait between two looks at the same thing; both in seconds."""

    def __init__(self, settle: timedelta) -> None:
        self._end = asyncio.get_running_loop().time() + settle.total_seconds()
        self._pause = _FIRST_PAUSE

    @property
    def over(self) -> bool:
        """It has taken too long."""
        return asyncio.get_running_loop().time() >= self._end

    async def pause(self) -> None:
        """Wait, each time a little longer."""
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


class Slots(Protocol):
    """A way to a gateway's slots."""

    async def one_slot(self, port: int, first: Sequence[Operation] = (), *, counted: bool = False) -> Snapshot:
        """Do some operations, in order, and read one slot after them; ``counted``: and its usage, if it is shut.

        Raises:
            NoSlot: it has none for this port.
        """
        ...


class Convergence:
    """Reads a slot, does what is to be done next, and reads it again: until nothing is left to do."""

    def __init__(self, slots: Slots, clock: Clock, settle: timedelta) -> None:
        self._slots, self._clock, self._pace = slots, clock, Pace(settle)

    async def serve(self, route: Route) -> Applied:
        """Make a slot serve a route.

        Raises:
            GatewayRefused: it has no such slot, or it does not become so.
        """
        served = interrupted = False
        usage: Usage | None = None
        async for snapshot in self._looks(route.port, route):
            state, usage = snapshot.states[route.port], usage or snapshot.usage
            # It served a moment ago and is shut now: the old deadline came between our look and our word.
            interrupted |= ended_by_itself(route, state, self._clock.now()) or (served and state.server.maintenance)
            served |= leads_to(route, state) and not state.server.maintenance
        return Applied(interrupted, usage)

    async def shut(self, port: int) -> None:
        """Make a slot serve nobody, with nobody left on it.

        Raises:
            StillConnected: somebody is.
            GatewayRefused: it has no such slot, or it does not become so.
        """
        async for _ in self._looks(port, None):
            pass

    async def _looks(self, port: int, wanted: Route | None) -> AsyncIterator[Snapshot]:
        """Go step by step; yield what each look shows, the first one with the usage before anybody is let in."""
        step = Step()
        while True:
            snapshot = await self._slots.one_slot(port, step.operations, counted=wanted is not None and not step)
            state = snapshot.states[port]
            yield snapshot
            previous, step = step, next_step(wanted, state)
            if not step:
                return
            if step == previous:
                await self._same_again(wanted, state, snapshot)

    async def _same_again(self, wanted: Route | None, state: SlotState, snapshot: Snapshot) -> None:
        """Wait a little, or give up: what it was told has not shown yet."""
        if wanted is None and state.sessions and self._pace.over:
            raise StillConnected(state.port, state.sessions)
        if snapshot.complaints or self._pace.over:
            what = f"to shut port {state.port}" if wanted is None else f"port {state.port} to {wanted.endpoint}"
            raise GatewayRefused(what, "; ".join(snapshot.complaints) or f"it stays at {state}")
        await self._pace.pause()
