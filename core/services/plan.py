"""Compare what those who hold ports ask for with what a gateway does. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.domain.mapping import Mapping
from core.domain.route import Observation, Route
from core.domain.standing import Grounds, StandingPort
from core.domain.states import HOLDING, State


@dataclass(frozen=True, slots=True)
class Claims:
    """What the gateway has to do for holders of ports.

    Attributes:
        routes: what it has to serve.
        held: ports on which there is more to it than a route says: what it does there beside the routes may be right.
        unfinished: ports of which the rows alone say that there is work left.
    """

    routes: tuple[Route, ...] = ()
    held: frozenset[int] = frozenset()
    unfinished: tuple[int, ...] = ()

    def __or__(self, other: "Claims") -> "Claims":
        """Take both; a port that both claim is the other's."""
        theirs = other.held | {route.port for route in other.routes}
        ours = (route for route in self.routes if route.port not in theirs)
        return Claims((*ours, *other.routes), self.held | other.held, (*self.unfinished, *other.unfinished))


def claims_of_mappings(mappings: Iterable[Mapping], now: datetime) -> Claims:
    """What mappings ask for."""
    held = {mapping.port: mapping for mapping in mappings if mapping.port is not None and mapping.state in HOLDING}
    return Claims(tuple(routes(held.values(), now)), frozenset(held), tuple(unfinished(held.values(), now)))


def claims_of_services(rows: Iterable[StandingPort], grounds: Grounds) -> Claims:
    """What Services ask for; a port of theirs that leads nowhere has to be as shut as one that nobody holds."""
    rows = list(rows)
    wanted = tuple(route for route in map(grounds.route, rows) if route is not None)
    return Claims(wanted, unfinished=tuple(row.port for row in rows if row.leaving))


def routes(mappings: Iterable[Mapping], now: datetime) -> list[Route]:
    """What a gateway has to serve: the open mappings whose end has not come.

    An approved mapping is not among them: whether it was opened before a crash is unknown, so its port is closed first.
    """
    return [
        mapping.route(mapping.expires_at)
        for mapping in mappings
        if mapping.state is State.OPEN and mapping.expires_at is not None and mapping.expires_at > now
    ]


def astray(claims: Claims, observed: Observation) -> list[int]:
    """List the ports where the gateway does something else than is asked for, or where work is left to do."""
    wanted = {route.port: route for route in claims.routes}
    wrong = [
        port for port, route in wanted.items() if port not in observed.slots or not observed.slots[port].serves(route)
    ]
    meant = claims.held | wanted.keys()
    orphans = [port for port, slot in observed.slots.items() if port not in meant and not slot.shut]
    return sorted({*wrong, *orphans, *claims.unfinished})


def unfinished(mappings: Iterable[Mapping], now: datetime) -> list[int]:
    """List the ports of mappings that themselves say that there is work left to do."""
    return [mapping.port for mapping in mappings if mapping.port is not None and _waits_for_us(mapping, now)]


def _waits_for_us(mapping: Mapping, now: datetime) -> bool:
    """To be cut; to be opened, unless it is a person's turn; or to be given another end, unless that has come."""
    if mapping.state is State.APPROVED:
        return mapping.trouble is None or mapping.trouble.probe is None
    if mapping.state is State.OPEN:
        end = mapping.expires_at
        return end is not None and end != mapping.enforced_until and end > now
    return mapping.state is State.CLOSING
