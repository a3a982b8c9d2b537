"""Standing ports: which Service has which, the committed rows against what the cluster shows. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.errors import LostRace
from core.domain.notices import Facts
from core.domain.people import System
from core.domain.route import FOREVER, PortRange, Route
from core.domain.service import Catalogue, Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.target import Endpoint


@dataclass(frozen=True, slots=True)
class StandingPort:
    """A port that a Service has for as long as it is there; a row.

    Attributes:
        service: its place in the cluster; one of the same name that takes its place keeps the port.
        endpoint: where the port leads; ``None`` while there is nowhere to lead to.
        since: when the Service got the port.
        leaving: to be shut; the row goes when nobody is left on the port.
    """

    port: int
    service: ServiceRef
    uid: ServiceUid
    endpoint: Endpoint | None
    since: datetime
    headless: bool = False
    leaving: bool = False


class StandingEvent(StrEnum):
    """What happens to a standing port; the record has it by this name."""

    GRANTED = "standing:granted"
    MOVED = "standing:moved"
    LEAVING = "standing:leaving"
    GIVEN_BACK = "standing:given_back"


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one standing port.

    Attributes:
        row: as it is from now on; of a port that is given back, as it was last.
        before: what has to be there for it; ``None`` where nothing is.
        why: in words, where a port leaves.
    """

    event: StandingEvent
    row: StandingPort
    before: StandingPort | None
    at: datetime
    why: str = ""

    @property
    def actor(self) -> System:
        """Who brought it about: the gateway says that nobody is left, all else follows the cluster."""
        return System.GATEWAY if self.event is StandingEvent.GIVEN_BACK else System.CLUSTER

    @property
    def facts(self) -> Facts:
        """What the record and the log keep of it."""
        row = self.row
        endpoint = str(row.endpoint) if row.endpoint else None
        facts: dict[str, str | int | None] = {"service": str(row.service), "port": row.port, "endpoint": endpoint}
        return facts | ({"why": self.why} if self.why else {})


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what grounds Services have ports here, as the settings say now.

    Attributes:
        ports: the range they get them from.
        namespaces: whose Services get one.
        sources: who may connect.
    """

    ports: PortRange
    namespaces: frozenset[str]
    sources: Sources

    def route(self, row: StandingPort) -> Route | None:
        """What a gateway has to do for a row; ``None``: shut the port."""
        permitted = row.port in self.ports and row.service.namespace in self.namespaces
        if row.leaving or row.endpoint is None or not permitted:
            return None
        return Route(row.port, row.endpoint, self.sources, FOREVER)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about standing ports.

    Attributes:
        changes: in the order that they are to be done in; those who leave come first.
        without: Services for which no port is free.
    """

    changes: tuple[Change, ...] = ()
    without: tuple[ServiceRef, ...] = ()


_NOT_ALLOWED: Final = "its namespace is not among those that are allowed"
_OTHER_PORTS: Final = "the port is no longer among those for Services"
_GONE: Final = "there is no such Service any more, or it has no port of that name"


def plan(
    catalogue: Catalogue,
    rows: Iterable[StandingPort],
    grounds: Grounds,
    taken: Collection[int],
    now: datetime,
) -> Plan:
    """Compare what the rows say with what the cluster shows.

    Of a namespace that the catalogue does not know yet nothing is concluded: its rows stay as they are. A Service that
    comes back before its port was given back keeps it. The others get the lowest free ports, in the order of their
    names.

    Args:
        catalogue: the Services as they are now.
        rows: all standing ports.
        grounds: what holds now.
        taken: ports that belong to somebody else, whatever the range says.
        now: of the changes.
    """
    known = sorted(rows, key=lambda row: row.port)
    usable = dict.fromkeys(port for port in grounds.ports.numbers() if port not in taken)  # in order, and quick to ask
    reasons = {row.port: _why_it_leaves(row, catalogue, grounds, usable) for row in known if not row.leaving}
    keeping = [row for row in known if reasons.get(row.port) == ""]
    leaving = (
        Change(StandingEvent.LEAVING, replace(row, leaving=True), row, now, reasons[row.port])
        for row in known
        if reasons.get(row.port)
    )
    wanted = {ref: service for ref, service in catalogue.services.items() if _may_have_one(ref, catalogue, grounds)}
    homeless = [wanted[ref] for ref in sorted(wanted.keys() - {row.service for row in keeping})]
    granted, without = _homes(homeless, known, usable, now)
    return Plan((*leaving, *_moves(keeping, wanted, now), *granted), without)


def _why_it_leaves(row: StandingPort, catalogue: Catalogue, grounds: Grounds, usable: Collection[int]) -> str:
    if row.service.namespace not in grounds.namespaces:
        return _NOT_ALLOWED
    if row.port not in usable:
        return _OTHER_PORTS
    gone = row.service.namespace in catalogue.known and row.service not in catalogue.services
    return _GONE if gone else ""


def _may_have_one(ref: ServiceRef, catalogue: Catalogue, grounds: Grounds) -> bool:
    return ref.namespace in catalogue.known and ref.namespace in grounds.namespaces


def _moves(rows: Iterable[StandingPort], wanted: Mapping[ServiceRef, Service], now: datetime) -> Iterator[Change]:
    for row in rows:
        service = wanted.get(row.service)
        known = row.uid, row.endpoint, row.headless
        if service is not None and (service.uid, service.endpoint, service.headless) != known:
            yield Change(StandingEvent.MOVED, _as_it_is(row, service), row, now)


def _homes(
    homeless: Collection[Service], rows: Collection[StandingPort], usable: Collection[int], now: datetime
) -> tuple[tuple[Change, ...], tuple[ServiceRef, ...]]:
    """Give each a port: back the one it is about to lose, else the lowest free one. Says whom none is left for."""
    last = {row.service: row for row in rows if row.leaving and row.port in usable}
    back = (last[service.ref] for service in homeless if service.ref in last)
    occupied = {row.port for row in rows}
    free = (port for port in usable if port not in occupied)
    newcomers = [service for service in homeless if service.ref not in last]
    fresh = [
        StandingPort(port, service.ref, service.uid, service.endpoint, now, service.headless)
        for port, service in zip(free, newcomers, strict=False)
    ]
    there = {service.ref: service for service in homeless}
    returned = (Change(StandingEvent.GRANTED, _as_it_is(row, there[row.service]), row, now) for row in back)
    granted = (Change(StandingEvent.GRANTED, row, None, now) for row in fresh)
    return (*returned, *granted), tuple(service.ref for service in newcomers[len(fresh) :])


def _as_it_is(row: StandingPort, service: Service) -> StandingPort:
    return replace(row, uid=service.uid, endpoint=service.endpoint, headless=service.headless, leaving=False)


def given_back(row: StandingPort, now: datetime) -> Change:
    """The gateway has confirmed that nobody is left on a port that leaves."""
    return Change(StandingEvent.GIVEN_BACK, row, row, now)


def applied(changes: Iterable[Change], rows: Mapping[int, StandingPort]) -> dict[int, StandingPort | None]:
    """What changes make of the rows of their ports; ``None`` for those that go.

    Raises:
        LostRace: a row is not as it was when the change was decided.
    """
    after: dict[int, StandingPort | None] = {}
    for change in changes:
        port = change.row.port
        if after.get(port, rows.get(port)) != change.before:
            raise LostRace(f"standing port {port} was changed by somebody else")
        after[port] = None if change.event is StandingEvent.GIVEN_BACK else change.row
    return after
