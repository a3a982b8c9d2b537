"""Mappings to store, at every point of their lives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from core.domain.mapping import Cause, Decision, Ending, Mapping, Place, step
from core.domain.notices import Audience, Notice, Topic, card
from core.domain.people import Person, Requester, System, TeamId, UserId
from core.domain.sources import Sources
from core.domain.states import Event
from core.domain.target import Endpoint, Kind, PodUid, Target
from core.interfaces import UnitOfWork

NOW: Final = datetime(2030, 1, 7, 9, 0, 0, 123456, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
ALICE: Final = Person(TeamId("T1"), UserId("UALICE"))
BOB: Final = Person(TeamId("T1"), UserId("UBOB"))
PORT: Final = 10_004


def asked(requester: Requester = ALICE, name: str = "api-0", now: datetime = NOW) -> Mapping:
    return Mapping(
        version=1,
        requester=requester,
        target=Target(Kind.POD, "payments", name, 5005),
        port_name="debug",
        endpoint=Endpoint(ip_address("10.1.2.3"), 5005, PodUid(f"uid-of-{name}")),
        sources=Sources.parse("10.0.0.0/8,fd00::/8"),
        reason="why not? “Größe” \U0001f50d",
        ttl=HOUR,
        place=Place("C1"),
        requested_at=now,
        pending_until=now + HOUR,
    )


def request(mapping: Mapping | None = None) -> Decision:
    mapping = mapping or asked()
    return Decision(mapping, Event.REQUEST, mapping.requester, mapping.requested_at, None, (card(mapping.version),))


def grant(mapping: Mapping, port: int = PORT, now: datetime = NOW) -> Decision:
    granted = replace(mapping, port=port, approved_at=now, open_by=now + timedelta(minutes=5))
    return step(granted, Event.GRANT, BOB, now, notices=(say("granted"),))


def opened(mapping: Mapping, now: datetime = NOW) -> Decision:
    running = replace(mapping, opened_at=now, expires_at=now + HOUR, warn_at=now + HOUR / 2)
    return step(running, Event.OPENED, System.GATEWAY, now)


def close(mapping: Mapping, now: datetime = NOW) -> Decision:
    ended = replace(mapping, ending=Ending(Cause.CLOSED, mapping.requester, now))
    return step(ended, Event.CLOSE, mapping.requester, now)


def cut(mapping: Mapping, now: datetime = NOW) -> Decision:
    return step(mapping, Event.CUT, System.GATEWAY, now)


def withdraw(mapping: Mapping) -> Decision:
    return step(mapping, Event.WITHDRAW, mapping.requester, NOW)


def move(mapping: Mapping, *notices: Notice) -> Decision:
    return step(mapping, Event.RETARGET, System.CLUSTER, NOW, notices=notices, redraw=False)


def say(key: str) -> Notice:
    return Notice(Topic.GRANTED, Audience.THREAD, key, {"by": str(BOB), "port": PORT, "nothing": None})


async def stored(uow: UnitOfWork, *events: str, mapping: Mapping | None = None, port: int = PORT) -> Mapping:
    """Record a new mapping and take it as far as the events say."""
    current = await uow.record(request(mapping))
    steps = {"grant": lambda m: grant(m, port), "open": opened, "close": close, "cut": cut, "withdraw": withdraw}
    for event in events:
        current = await uow.record(steps[event](current))
    return current
