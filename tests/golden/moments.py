"""One mapping at every point of its life, to be looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from bot.slack.blocks.scene import Scene
from core.domain.mapping import (
    NOWHERE,
    Amendment,
    Cause,
    Ending,
    Extension,
    Mapping,
    MappingId,
    Place,
    Terms,
    Traffic,
    Trouble,
    Vote,
)
from core.domain.people import Actor, Client, GroupId, Person, System, TeamId, UserId
from core.domain.policy import NOBODY, ApproverSet, Principals, Rule
from core.domain.route import Probe
from core.domain.service import ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import StandingPort
from core.domain.states import State
from core.domain.target import Endpoint, Kind, PodUid, Target
from core.domain.ticket import Ticket

NOW: Final = datetime(2026, 11, 22, 18, 36, tzinfo=UTC)
HOST: Final = "gw.example.com"
TEAM: Final = TeamId("T1")
ALICE, BOB, CAROL, DAVE = (Person(TEAM, UserId(f"U{name}")) for name in ("ALICE", "BOB", "CAROL", "DAVE"))
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
RULE: Final = Rule(("payments",), extension_approvals=0)
TWO: Final = replace(RULE, approvals=2, extension_approvals=2)
OWNERS: Final = ApproverSet("owners", Principals(users=frozenset({BOB.user, CAROL.user})))
SECURITY: Final = ApproverSet("security", Principals(groups=frozenset({GroupId("S0SEC")})))
SETS: Final = replace(TWO, approver_sets=(OWNERS, SECURITY))
SENSITIVE: Final = replace(RULE, sensitive=True)
CALLING: Final = replace(SETS, mention="S0OPS")
OPERATORS: Final = Principals(users=frozenset({CAROL.user}), groups=frozenset({GroupId("S0OPS")}))
TICKET: Final = replace(
    RULE,
    reason_required=True,
    ticket=Ticket("[A-Z]+-[0-9]+", "OPS-4711", "https://tickets.example.com/browse/{ticket}?by=pod-proxier&x=1"),
)

REQUESTED: Final = Mapping(
    id=MappingId(42),
    version=1,
    requester=ALICE,
    target=Target(Kind.POD, "payments", "api-0", 5005),
    port_name="debug",
    endpoint=Endpoint(ip_address("10.244.1.7"), 5005, PodUid("a-uid")),
    sources=Sources.parse("10.1.2.3"),
    reason="order 4711 hangs",
    ttl=2 * HOUR,
    place=Place("CPAY"),
    approvers_channel="COPS",
    requested_at=NOW,
    pending_until=NOW + HOUR,
)


STANDING: Final = StandingPort(
    9001,
    ServiceRef("payments", "ledger"),
    ServiceUid("a-service"),
    Endpoint(ip_address("10.96.0.7"), 5005, PodUid("a-service")),
    NOW,
)
AMENDED: Final = replace(
    REQUESTED,
    terms=Terms(2),
    ttl=30 * MINUTE,
    amendment=Amendment(BOB, NOW + MINUTE, REQUESTED.ttl, Sources.parse("10.1.2.0/24"), 8080),
)
UNREACHABLE: Final = replace(REQUESTED, unreachable="")


def later(mapping: Mapping, **changes: Any) -> Mapping:
    return replace(mapping, **changes)


def ended(
    mapping: Mapping, state: State, cause: Cause, by: Actor, detail: str = "", at: datetime | None = None
) -> Mapping:
    return later(mapping, state=state, ending=Ending(cause, by, at or NOW + 2 * HOUR, detail))


VOTES: Final = (Vote(BOB, NOW + MINUTE), Vote(CAROL, NOW + 2 * MINUTE))
APPROVED: Final = later(
    REQUESTED, state=State.APPROVED, votes=VOTES[:1], port=10_004, approved_at=NOW, open_by=NOW + 5 * MINUTE
)
VOID: Final = later(REQUESTED, votes=VOTES[1:], void_votes=VOTES[:1])
AWAY: Final = later(APPROVED, trouble=Trouble(NOW, None))
REFUSED_PROBE: Final = later(APPROVED, probe=True, trouble=Trouble(NOW, Probe.REFUSED))
SILENT_PROBE: Final = later(APPROVED, probe=True, trouble=Trouble(NOW, Probe.SILENT))
OPEN: Final = later(
    APPROVED,
    state=State.OPEN,
    open_by=None,
    opened_at=NOW,
    expires_at=NOW + 2 * HOUR,
    enforced_until=NOW + 2 * HOUR,
    probe=True,
)
NOT_TRIED: Final = later(OPEN, probe=False, votes=(), sources=RULE.sources, reason="")
ASKED_FOR_MORE: Final = later(OPEN, extension=Extension(HOUR, ALICE, NOW), terms=Terms(2))
AGREED_BY_ONE: Final = later(ASKED_FOR_MORE, extension=Extension(HOUR, ALICE, NOW, VOTES[:1]))
EXTENDED: Final = later(OPEN, expires_at=NOW + 3 * HOUR, terms=Terms(2))
AT_ITS_LONGEST: Final = later(OPEN, expires_at=NOW + 3 * HOUR, enforced_until=NOW + 3 * HOUR)

EXPIRING: Final = ended(OPEN, State.CLOSING, Cause.EXPIRED, System.TIMER)
CLOSING_BY_BOB: Final = ended(OPEN, State.CLOSING, Cause.CLOSED, BOB, at=NOW + 42 * MINUTE)
GIVEN_UP: Final = ended(AWAY, State.CLOSING, Cause.OPEN_FAILED, System.TIMER, "the gateway could not open the port")

TRAFFIC: Final = Traffic(3, 1_234_567, 48_000_000, (ip_address("10.1.2.3"),))
CLOSED: Final = later(EXPIRING, state=State.CLOSED, traffic=TRAFFIC)
CLOSED_BY_GATEWAY: Final = later(
    ended(OPEN, State.CLOSED, Cause.EXPIRED, System.GATEWAY), traffic=replace(TRAFFIC, complete=False)
)
CLOSED_BY_ALICE: Final = later(ended(OPEN, State.CLOSED, Cause.CLOSED, ALICE, at=NOW + 42 * MINUTE), traffic=Traffic())
CLOSED_BY_BOB: Final = later(CLOSING_BY_BOB, state=State.CLOSED, traffic=Traffic(complete=False))
POD_GONE: Final = later(
    ended(OPEN, State.CLOSED, Cause.TARGET_GONE, System.CLUSTER, "was deleted", NOW + 7 * MINUTE),
    traffic=replace(TRAFFIC, connections=1, bytes_in=12, bytes_out=999_600),
)
PORT_GONE: Final = later(
    ended(OPEN, State.CLOSED, Cause.CLOSED, System.GATEWAY, "the gateway does not serve port 10004 any more"),
    traffic=None,
)
FAILED: Final = later(GIVEN_UP, state=State.FAILED)
CLOSED_UNOPENED: Final = ended(APPROVED, State.FAILED, Cause.CLOSED, ALICE, at=NOW + MINUTE)
DENIED: Final = ended(REQUESTED, State.DENIED, Cause.DENIED, BOB, at=NOW + MINUTE)
WITHDRAWN: Final = ended(REQUESTED, State.WITHDRAWN, Cause.WITHDRAWN, ALICE, at=NOW + MINUTE)
WITHDRAWN_BY_CAROL: Final = ended(REQUESTED, State.WITHDRAWN, Cause.WITHDRAWN, CAROL, at=NOW + MINUTE)
LAPSED: Final = ended(REQUESTED, State.LAPSED, Cause.LAPSED, System.TIMER, at=NOW + HOUR)
REFUSED: Final = ended(REQUESTED, State.REFUSED, Cause.TARGET_GONE, System.CLUSTER, "was deleted", NOW + MINUTE)

FORBIDDEN: Final = later(OPEN, forbidden="no rule covers the namespace payments")
REVOKED: Final = later(ended(OPEN, State.CLOSED, Cause.REVOKED, CAROL, "a <token> leaks"), traffic=TRAFFIC)
REVOKED_REQUEST: Final = ended(REQUESTED, State.REFUSED, Cause.REVOKED, CAROL, at=NOW + MINUTE)

CI: Final = Client("ci <&> cd")
ASKED_BY_CI: Final = later(REQUESTED, requester=CI, place=Place("COPS"), reason="")
OPEN_FOR_CI: Final = later(NOT_TRIED, requester=CI, port=8_849, place=NOWHERE, approvers_channel=None)
REPLACED: Final = later(
    ended(OPEN, State.CLOSED, Cause.REPLACED, CI, "payments/db-0:5432", NOW + 7 * MINUTE), port=8_849, traffic=TRAFFIC
)
REPLACED_BY_BOB: Final = later(
    ended(OPEN_FOR_CI, State.CLOSED, Cause.REPLACED, BOB, "payments/db-0:5432", NOW + 7 * MINUTE), traffic=Traffic()
)
SHORT: Final = later(OPEN, ttl=30 * timedelta(seconds=1))


def scene(mapping: Mapping, rule: Rule = RULE, now: datetime = NOW, operators: Principals = NOBODY) -> Scene:
    return Scene(mapping, rule, HOST, now, operators)
