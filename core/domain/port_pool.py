"""Which listening port a mapping gets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.people import Requester
from core.domain.refusals import Refused
from core.domain.route import PortRange


class NoFreePort(Refused):
    """Every port is held or resting; says when the next one frees, where that is known."""

    def __init__(self, ports: PortRange, next_free: datetime | None) -> None:
        super().__init__(f"all {len(ports)} ports ({ports}) are in use or resting")
        self.ports, self.next_free = ports, next_free
        self.hint = "close a mapping that is no longer needed, or ask an operator for a wider range"


@dataclass(frozen=True, slots=True)
class PortUse:
    """The latest use of a port.

    Attributes:
        frees: when a held port's mapping ends as things stand; ``None`` where nobody can say.
        released: when it was given back; ``None`` while it is held.
    """

    port: int
    user: Requester
    target: str
    frees: datetime | None
    released: datetime | None


@dataclass(frozen=True, slots=True)
class PortPool:
    """A range of ports and what is known of their past."""

    ports: PortRange
    rest: timedelta
    uses: Collection[PortUse] = ()

    def choose(self, user: Requester, target: str, now: datetime) -> int:
        """Pick a port: one's own last for the same target, else one never used, else the one that rested longest.

        A port that belonged to somebody else, or to another target, rests first: a stale setting in an IDE must not
        reach a stranger's pod.

        Raises:
            NoFreePort: everything is held or resting.
        """
        past = {use.port: use for use in self.uses if use.port in self.ports}
        own = [use for use in past.values() if use.released and (use.user, use.target) == (user, target)]
        if own:
            return max(own, key=lambda use: (use.released or now, use.port)).port
        fresh = next((port for port in self.ports.numbers() if port not in past), None)
        if fresh is not None:
            return fresh
        rested = [use for use in past.values() if use.released and use.released + self.rest <= now]
        if not rested:
            raise NoFreePort(self.ports, self._next_free(past.values(), now))
        return min(rested, key=lambda use: (use.released or now, use.port)).port

    def _next_free(self, past: Collection[PortUse], now: datetime) -> datetime | None:
        """When the first one will have rested; one that is held beyond its end may be given back at any moment."""
        ends = (use.released or (use.frees and max(use.frees, now)) for use in past)
        return min((end + self.rest for end in ends if end), default=None)
