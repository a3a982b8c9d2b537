"""People, a pod, a rule, and mappings at every point of their lives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from core.domain import living
from core.domain.deciding import Room, approve
from core.domain.mapping import Decision, Mapping, MappingId, Place
from core.domain.people import GroupId, Person, Profile, Standing, TeamId, UserId
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import Policy, Principals, Rule
from core.domain.port_pool import PortPool
from core.domain.request import Ask, request
from core.domain.route import PortRange, Usage
from core.domain.sources import Sources
from core.domain.target import Kind, PodRef, PodUid, Target

NOW: Final = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
PORTS: Final = PortRange(10_000, 10_003)
EPOCH: Final = "first life"

ALICE, BOB, CAROL, DAVE = (Person(TeamId("T1"), UserId(name)) for name in ("UALICE", "UBOB", "UCAROL", "UDAVE"))
SRE: Final = GroupId("SSRE")

RULE: Final = Rule(("payments",), approvals=1, max_ttl=2 * HOUR, max_lifetime=3 * HOUR)
POLICY: Final = Policy((RULE,), operators=Principals(users=frozenset({CAROL.user})))


def profile(person: Person, *groups: GroupId, standing: Standing = Standing.MEMBER) -> Profile:
    return Profile(person, standing, frozenset(groups))


def operators(*people: Person) -> Principals:
    return Principals(users=frozenset(person.user for person in people))


def pod(name: str = "api-0", address: str | None = "10.1.2.3", **changes: Any) -> Pod:
    known = Pod(
        PodRef("payments", name),
        PodUid(f"uid-of-{name}"),
        Phase.RUNNING,
        ip_address(address) if address else None,
        ready=True,
        ports=(ContainerPort(8080, "http"), ContainerPort(5005, "debug")),
    )
    return replace(known, **changes)


def ask(target: str = "payments/api-0:5005", ttl: timedelta | None = HOUR, sources: str | None = None) -> Ask:
    return Ask(Target.parse(Kind.POD, target), ttl, Sources.parse(sources) if sources else None, "because")


def room(rule: Rule = RULE, policy: Policy = POLICY) -> Room:
    return Room(policy, rule, PortPool(PORTS, timedelta(minutes=10)))


def decided(decision: Decision | None) -> Mapping:
    """What a decision makes of a mapping."""
    assert decision is not None
    return decision.mapping


def requested(rule: Rule = RULE, now: datetime = NOW, ttl: timedelta = HOUR) -> Mapping:
    decision = request(ask(ttl=ttl), pod(), Place("C1"), ALICE, rule, ("debug",), now)
    return replace(decision.mapping, id=MappingId(1))


def approved(rule: Rule = RULE, now: datetime = NOW, ttl: timedelta = HOUR) -> Mapping:
    alone = replace(rule, approvals=1)
    return decided(approve(requested(rule, now, ttl), profile(BOB), None, pod(), room(alone), now))


def opened(rule: Rule = RULE, now: datetime = NOW, ttl: timedelta = HOUR, usage: Usage | None = None) -> Mapping:
    until = living.end_from(now, ttl, rule)
    return decided(living.opened(approved(rule, now, ttl), until, usage or Usage(EPOCH), rule, now))


def closing(rule: Rule = RULE, now: datetime = NOW, ttl: timedelta = HOUR) -> Mapping:
    """One whose time has run out."""
    running = opened(rule, now, ttl)
    assert running.expires_at is not None
    return decided(living.due(replace(running, warn_at=None), running.expires_at))


def topics(decision: Decision | None) -> list[str]:
    """What people are told by a decision, the card's redrawing included."""
    return [f"{notice.topic}:{notice.audience}" for notice in decision.notices] if decision else []
