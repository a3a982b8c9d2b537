"""Every error that a person can meet, with what they typed."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

from bot.slack import errors as slack
from bot.slack.blocks.message import Message
from bot.slack.blocks.problems import defect, problem
from bot.slack.parsing import parse
from core.domain import errors, refusals
from core.domain.errors import BadInput, PodProxierError
from core.domain.freezing import Freeze, Frozen
from core.domain.mapping import Stale, Terms, WrongState
from core.domain.people import GroupId, Standing, UserId
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import ANYONE, NOBODY, PortSet, Principals
from core.domain.port_pool import NoFreePort
from core.domain.quotas import QuotaReached
from core.domain.route import PortRange
from core.domain.sources import Sources
from core.domain.states import Event
from core.domain.target import Kind, PodRef, PodUid, Target
from tests.golden import moments as at

ASKED: Final = "pod payments/api 2h from 10.1.2.3 order 4711 hangs"
TARGET: Final = Target(Kind.POD, "payments", "api")
APPROVERS: Final = Principals(users=frozenset({UserId("UBOB"), UserId("UCAROL")}), groups=frozenset({GroupId("S0OPS")}))
MISTYPED: Final = {
    "an unknown verb": "pdo payments/api-0 2h",
    "a target as the verb": "payments/api-0 2h",
    "no namespace": "pod api-0 2h",
    "a time without its unit": "pod payments/api-0 2",
    "a negative time": "pod payments/api-0 -2h",
    "no time at all": "extend m42 0s",
    "a port that is none": "pod payments/api-0:70000",
    "a source that is none": "pod payments/api-0 from 10.1.2.300 order 4711 hangs",
    "a source with host bits": "pod payments/api-0 from 10.0.0.1/8",
    "a source without from": "pod payments/api-0 2h 10.1.2.3",
    "a reference that is none": "close api-0",
    "too long a reason": f"pod payments/api-0 2h {'and so on ' * 40}",
    "what would break out of the code": "pod `payments` <!channel> & co",
}


def problems() -> Mapping[str, Message]:
    typed = {f"typed: {name}": _mistyped(text) for name, text in MISTYPED.items()}
    raised = {name: problem(error, text) for name, (error, text) in (_refused() | _late() | _outside()).items()}
    return {**typed, **raised, "a defect": defect("3f9c2a71")}


def _mistyped(text: str) -> Message:
    try:
        parse(text)
    except BadInput as error:
        return problem(error, text)
    raise AssertionError(f"{text!r} can be read")


def pod(name: str, *, ready: bool = True) -> Pod:
    ports = (ContainerPort(5005, "debug"), ContainerPort(8080))
    return Pod(PodRef("payments", name), PodUid(name), Phase.RUNNING, ip_address("10.244.1.7"), ready, ports=ports)


Raised = dict[str, tuple[PodProxierError, str | None]]


def _refused() -> Raised:
    half_hour, three_hours = timedelta(minutes=30), timedelta(hours=3)
    near = [pod("api-7d9f-abcde"), pod("api-7d9f-fghij"), pod("api-7d9f-klmno", ready=False)]
    ports = PortSet(frozenset({"debug"}), ((8000, 8010), (9229, 9229)))
    host = "uses the node's network, where a port belongs to the node; no rule here allows that"
    named = Target(Kind.POD, "payments", "api", "debgu")
    return {
        "not a member": (refusals.NotAMember(at.DAVE, Standing.GUEST), ASKED),
        "namespace unknown": (
            refusals.NamespaceNotAllowed("payment", ["payments"], None, at.ALICE),
            "pod payment/api-0 2h",
        ),
        "namespace of others": (refusals.NamespaceNotAllowed("payments", [], APPROVERS, at.ALICE), ASKED),
        "no such pod": (refusals.NoSuchPod(TARGET, near), ASKED),
        "no such pod, none near": (refusals.NoSuchPod(TARGET, []), ASKED),
        "port unclear": (refusals.PortUnclear(TARGET, pod("api").ports), ASKED),
        "port unknown": (refusals.PortUnclear(named, pod("api").ports), "pod payments/api:debgu 2h"),
        "port not declared": (refusals.PortUnclear(TARGET, []), ASKED),
        "port not allowed": (refusals.PortNotAllowed(TARGET.at(22), ports), "pod payments/api:22 2h"),
        "source required": (refusals.SourceRequired("payments"), "pod payments/api-0 2h why not"),
        "reason required": (refusals.ReasonRequired("payments", "", None), "pod payments/api-0 2h"),
        "reason required, in the form": (refusals.ReasonRequired("payments", "", None), None),
        "ticket required": (refusals.ReasonRequired("payments", "order 4711", at.TICKET.ticket), ASKED),
        "ticket and reason required": (refusals.ReasonRequired("payments", "", at.TICKET.ticket), "pod payments/api-0"),
        "source not permitted": (
            refusals.SourceNotPermitted(Sources.parse("203.0.113.7"), Sources.parse("10.0.0.0/8,192.168.0.0/16")),
            "pod payments/api-0 from 203.0.113.7",
        ),
        "source by IPv6 alone": (
            refusals.NoSourceByIpv4(Sources.parse("fc00::/7")),
            "pod payments/api-0 from fc00::/7",
        ),
        "too long at once": (refusals.TtlTooLong(timedelta(hours=9), three_hours), "pod payments/api-0 9h"),
        "too long an extension": (refusals.TtlTooLong(timedelta(hours=9), three_hours), "extend 10004 9h"),
        "over the limit": (refusals.OverLimit(three_hours, half_hour), "extend m42 2h"),
        "over the limit by a click": (refusals.OverLimit(three_hours, timedelta()), None),
        "no rule any more": (refusals.OverLimit(timedelta(), timedelta()), None),
        "pod unusable": (refusals.PodUnusable(pod("api-0"), host), "pod payments/api-0"),
        "own request": (refusals.OwnRequest(ANYONE), None),
        "own request, some approvers": (refusals.OwnRequest(APPROVERS), None),
        "own request, nobody could": (refusals.OwnRequest(NOBODY), None),
        "the asker may not": (refusals.AskerMayNot(at.ALICE), None),
        "not yours": (refusals.NotYours("close", at.ALICE, NOBODY, APPROVERS), "close 10004"),
        "wider than asked for": (refusals.Wider("ttl", "asked for were 2h", "2h"), None),
        "nothing changed": (refusals.NothingChanged(), None),
        "others have to": (refusals.OthersHaveTo([at.OWNERS, at.SECURITY]), None),
        "voted already": (refusals.AlreadyVoted(1), None),
        "target changed": (refusals.TargetChanged("was replaced by another one of the same name"), None),
        "no free port": (NoFreePort(PortRange(10_000, 10_099), at.NOW + at.HOUR), "pod payments/api-0"),
        "everything is frozen": (Frozen(Freeze(at.CAROL, at.NOW, "a <token> leaks")), "pod payments/api-0"),
        "as many as the policy gives": (QuotaReached(2, "for one person", [at.OPEN, at.REQUESTED], at.ALICE), None),
        "as many as the namespace takes": (QuotaReached(1, "in payments", [at.OPEN], at.BOB), None),
        "no free port, nobody knows when": (NoFreePort(PortRange(10_000, 10_000), None), None),
    }


def _late() -> Raised:
    return {
        "approved by somebody else": (WrongState(at.APPROVED, Event.APPROVE), None),
        "opened without approval": (WrongState(at.later(at.OPEN, votes=()), Event.DENY), None),
        "changed by an approver": (Stale(at.AMENDED, Terms(1)), None),
        "denied by somebody else": (WrongState(at.DENIED, Event.APPROVE), None),
        "lapsed": (WrongState(at.LAPSED, Event.APPROVE), None),
        "closed by somebody else": (WrongState(at.CLOSED_BY_BOB, Event.CLOSE), "close 10004"),
        "closing": (WrongState(at.EXPIRING, Event.EXTEND), None),
        "its time has come": (WrongState(at.OPEN, Event.EXTEND), None),
        "not open yet": (WrongState(at.REQUESTED, Event.EXTEND), "extend m42 1h"),
        "still opening": (WrongState(at.AWAY, Event.EXTEND), "extend m42 1h"),
        "open by now": (WrongState(at.OPEN, Event.RETRY), None),
        "more time was decided": (WrongState(at.OPEN, Event.APPROVE_EXTENSION), None),
        "stale": (Stale(at.EXTENDED, Terms(1)), None),
        "stale, more time is asked for": (Stale(at.ASKED_FOR_MORE, Terms(1)), None),
        "stale, over": (Stale(at.CLOSED, Terms(1)), None),
        "no such mapping": (errors.NoSuchMapping("port 10004"), "close 10004"),
        "lost race": (errors.LostRace("five times"), "close 10004"),
        "lost lease": (errors.LostLease("m42"), None),
        "already delivered": (errors.AlreadyDelivered("key"), None),
    }


def _outside() -> Raised:
    return {
        "cluster": (errors.ClusterError("odd"), ASKED),
        "cluster unreachable": (errors.ClusterUnreachable("https://10.96.0.1"), ASKED),
        "cluster unauthorized": (errors.ClusterUnauthorized(), ASKED),
        "cluster forbidden": (errors.ClusterForbidden("get", "pods", "payments"), ASKED),
        "pod not found": (errors.PodNotFound("payments", "api"), None),
        "gateway unreachable": (errors.GatewayUnreachable("unix:/run/haproxy"), None),
        "gateway refused": (errors.GatewayRefused("port 10004", "no such slot"), None),
        "still connected": (errors.StillConnected(10_004, 3), None),
        "directory unreachable": (errors.DirectoryUnreachable("users.info"), ASKED),
        "database unavailable": (errors.StorageUnavailable("locked"), ASKED),
        "something outside": (errors.OutsideError("odd"), None),
        "slack unreachable": (slack.SlackUnreachable("chat.postMessage", "reset"), None),
        "slack limited": (slack.SlackLimited("chat.postMessage", 30), None),
        "cannot post": (slack.CannotPost("chat.postMessage", "not_in_channel"), None),
        "a button of another version": (slack.UnreadableButton(), None),
        "an error without words of its own": (PodProxierError("odd <!here>"), None),
    }
