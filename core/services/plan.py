"""Compare what the committed mappings say with what a gateway does. Pure."""

from collections.abc import Iterable
from datetime import datetime

from core.domain.mapping import Mapping
from core.domain.route import Observation, Route
from core.domain.states import HOLDING, State


def routes(mappings: Iterable[Mapping], now: datetime) -> list[Route]:
    """What a gateway has to serve: the open mappings whose end has not come.

    An approved mapping is not among them: whether it was opened before a crash is unknown, so its port is closed first.
    """
    return [
        mapping.route(mapping.expires_at)
        for mapping in mappings
        if mapping.state is State.OPEN and mapping.expires_at is not None and mapping.expires_at > now
    ]


def astray(mappings: Iterable[Mapping], observed: Observation, now: datetime) -> list[int]:
    """List the ports where the gateway does something else than the mappings say, or where work is left to do."""
    held = {mapping.port: mapping for mapping in mappings if mapping.port is not None and mapping.state in HOLDING}
    wanted = {route.port: route for route in routes(held.values(), now)}
    wrong = [
        port for port, route in wanted.items() if port not in observed.slots or not observed.slots[port].serves(route)
    ]
    orphans = [port for port, slot in observed.slots.items() if port not in held and not slot.shut]
    return sorted({*wrong, *orphans, *unfinished(held.values(), now)})


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
