"""What to do next to a slot, from what it is and what it should be. Pure; done when there is nothing left to do.

Order keeps the promises: an endpoint is changed only when nobody is connected, and a slot serves only when reading back
has shown that it points to the right place, ends at the right time, and admits the right callers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.adapters.haproxy import slots
from core.adapters.haproxy.operations import (
    Add,
    Aim,
    Change,
    Cut,
    Delete,
    MapOperation,
    Operation,
    Ready,
    ServerOperation,
)
from core.adapters.haproxy.replies import SlotState
from core.adapters.haproxy.slots import ALLOW, NOWHERE, UNTIL
from core.domain.route import Route


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next; nothing at all where the slot is as it should be.

    Attributes:
        server: what is done to the slot itself.
        maps: what is done to its entries in the maps.
    """

    server: Sequence[ServerOperation] = field(default_factory=list)
    maps: Sequence[MapOperation] = field(default_factory=list)

    @property
    def operations(self) -> list[Operation]:
        """All of it, the maps first: nobody is admitted any more when a slot is cut."""
        return [*self.maps, *self.server]

    def __bool__(self) -> bool:
        return bool(self.server or self.maps)


def next_step(wanted: Route | None, state: SlotState) -> Step:
    """Say what to do next, so that the slot serves a route, or nobody."""
    return _shut(state) if wanted is None else _serve(wanted, state)


def leads_to(route: Route, state: SlotState) -> bool:
    """Whether the slot points to the route's endpoint, serving or not."""
    return (state.server.address, state.server.port) == (route.endpoint.address, route.endpoint.port)


def ended_by_itself(route: Route, state: SlotState, now: datetime) -> bool:
    """Whether the gateway ended this very route by the deadline that it held."""
    deadlines = [slots.deadline(value) for value in state.deadlines]
    passed = bool(deadlines) and all(end is not None and end <= now for end in deadlines)
    return state.server.maintenance and leads_to(route, state) and passed


def _shut(state: SlotState) -> Step:
    entries = [*_no_deadline(state), *(Delete(ALLOW, key) for key, _ in state.entries)]
    if not state.server.maintenance or state.sessions:
        return Step([Cut(state.port)], entries)
    if (state.server.address, state.server.port) != NOWHERE:
        return Step([Aim(state.port, *NOWHERE)], entries)
    return Step(maps=entries)


def _no_deadline(state: SlotState) -> list[MapOperation]:
    """Have HAProxy end what is on a slot by itself, within a second or two: a deadline that is missing has passed.

    Maintenance does so at once, but for slots that are tried; and for what is still being made (before 3.2).
    """
    return [Delete(UNTIL, str(state.port)) for _ in state.deadlines]


def _serve(route: Route, state: SlotState) -> Step:
    if not leads_to(route, state):
        if not state.server.maintenance or state.sessions:
            return Step([Cut(route.port)], _no_deadline(state))
        aimed = Aim(route.port, route.endpoint.address, route.endpoint.port)
        return Step([aimed], _entries(route, state))
    entries = _entries(route, state)
    if entries or not state.server.maintenance:
        return Step(maps=entries)
    return Step([Ready(route.port)])


def _entries(route: Route, state: SlotState) -> list[MapOperation]:
    """Bring the maps in line: the deadline without a moment in which there is none, sources added before others go.

    A key that is there twice admits no more than once; it matters only when it is to go, and is deleted until it has.
    """
    wanted = dict(slots.entries(route.port, route.sources))
    there = dict(state.entries)
    added = [(key, value) for key, value in wanted.items() if key not in there]
    changed = [(key, value) for key, value in state.entries if key in wanted and wanted[key] != value]
    return [
        *_deadline(route, state),
        *(Add(ALLOW, key, value) for key, value in added),
        *(Change(ALLOW, key, wanted[key]) for key, _ in changed),
        *(Delete(ALLOW, key) for key in there if key not in wanted),
    ]


def _deadline(route: Route, state: SlotState) -> list[MapOperation]:
    until = slots.seconds(route.until)
    if state.deadlines and all(value == until for value in state.deadlines):
        return []
    how = Change if state.deadlines else Add
    return [how(UNTIL, str(route.port), until)]
