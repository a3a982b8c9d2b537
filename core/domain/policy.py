"""Who may reach what, for how long, and by whose leave. Pure values; ``core.adapters.policy_file`` reads them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Final

from core.domain.people import Client, GroupId, Profile, Requester, Standing, UserId
from core.domain.sources import Sources
from core.domain.ticket import Ticket

PRIVATE_NETWORKS: Final = Sources.of(
    ip_network(cidr) for cidr in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""Loopback, RFC 1918 and fc00::/7: where colleagues come from unless a rule says otherwise."""


@dataclass(frozen=True, slots=True)
class Principals:
    """Some of the people of a workspace, and of the programs that ask over REST.

    Attributes:
        anyone: any full member, whatever ``users`` and ``groups`` say; no client.
        clients: by the names of their tokens.
    """

    users: frozenset[UserId] = frozenset()
    groups: frozenset[GroupId] = frozenset()
    anyone: bool = False
    clients: frozenset[str] = frozenset()

    def includes(self, profile: Profile) -> bool:
        """Whether somebody is one of them; of people only a full member ever is. An unknown group grants nothing."""
        if isinstance(profile.person, Client):
            return profile.standing is Standing.CLIENT and profile.person.name in self.clients
        if profile.standing is not Standing.MEMBER:
            return False
        return self.anyone or profile.person.user in self.users or bool(self.groups & profile.groups)

    def may_include(self, profile: Profile) -> bool:
        """Whether somebody may be one of them, as far as is known: enough to revoke, never to grant."""
        member = profile.standing is Standing.MEMBER
        return self.includes(profile) or (member and bool(self.groups & profile.unknown_groups))

    def __or__(self, other: "Principals") -> "Principals":
        """Return everybody who is one of these or of those."""
        return Principals(
            self.users | other.users,
            self.groups | other.groups,
            self.anyone or other.anyone,
            self.clients | other.clients,
        )


@dataclass(frozen=True, slots=True)
class ApproverSet:
    """Some approvers, of whom at least one has to agree.

    Attributes:
        name: what the card calls them: a mention would call all of them each time.
    """

    name: str
    who: Principals


ANYONE: Final = Principals(anyone=True)
NOBODY: Final = Principals()


class ProbeMode(StrEnum):
    """Whether a port is tried once before "open" is said."""

    CONNECT = "connect"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PortSet:
    """The target ports that may be asked for: names, and numbers as inclusive ranges."""

    names: frozenset[str] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()

    def admits(self, number: int, name: str) -> bool:
        """Whether a port of this number, declared under this name ("" for none), may be asked for."""
        return (bool(name) and name in self.names) or any(low <= number <= high for low, high in self.ranges)

    def __str__(self) -> str:
        numbers = [str(low) if low == high else f"{low}-{high}" for low, high in self.ranges]
        return ", ".join([*sorted(self.names), *numbers])


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the namespaces it names.

    Attributes:
        namespaces: globs, as ``fnmatch`` reads them.
        approvers: all who may approve, those of the sets among them.
        approvals: how many others must agree; 0 opens at once.
        approver_sets: of each of these at least one must be among them.
        approvers_channel: id of the channel where the card also goes to be decided.
        mention: whom the card's first post mentions: user, group, or ``here``/``channel``.
        ports: target ports that may be asked for; ``None``: any.
        source_required: whether the asker must say from where.
        reason_required: whether the asker must say why.
        ticket: what a reason that is given has to name; ``None``: nothing.
        sensitive: whether approvers are shown twice what is at stake.
        sources: what may be said; also who may connect when nothing is said.
        host_network: whether pods on the node's network may be reached.
        probe: ``None``: decided by the port's name (see ``probes``).
        default_ttl, max_ttl: of one request or extension.
        max_lifetime: from opening to the end, all extensions counted.
        pending_ttl: how long a request waits for a decision.
        remind_after: how long after it was asked, and how long after that once more, the approvers are reminded;
            ``None``: never.
        warn_before: ``None``: the rule does not set it, and short mappings get no warning.
        extend_by: the steps of the Extend buttons.
        extension_approvals: how many must agree to more time.
        v1: whether the previous service's API opens targets here, without asking anybody.
        max_open: of one person at once, under this rule; ``None``: any number.
        max_open_per_namespace: at once in each of the namespaces, whoever asked.
        enforce_on_open: whether a new policy closes what it does not permit; ``None``: as the policy says for all.
    """

    namespaces: tuple[str, ...]
    requesters: Principals = ANYONE
    approvers: Principals = ANYONE
    approvals: int = 1
    approver_sets: tuple[ApproverSet, ...] = ()
    approvers_channel: str | None = None
    mention: str | None = None
    ports: PortSet | None = None
    source_required: bool = False
    reason_required: bool = False
    ticket: Ticket | None = None
    sensitive: bool = False
    sources: Sources = PRIVATE_NETWORKS
    host_network: bool = False
    probe: ProbeMode | None = None
    default_ttl: timedelta = timedelta(hours=1)
    max_ttl: timedelta = timedelta(hours=3)
    max_lifetime: timedelta = timedelta(hours=3)
    pending_ttl: timedelta = timedelta(hours=1)
    remind_after: timedelta | None = None
    warn_before: timedelta | None = None
    extend_by: tuple[timedelta, ...] = (timedelta(minutes=30), timedelta(hours=1))
    extension_approvals: int = 0
    v1: bool = False
    max_open: int | None = None
    max_open_per_namespace: int | None = None
    enforce_on_open: bool | None = None

    @property
    def groups_of_sets(self) -> frozenset[GroupId]:
        """The groups by which it is known for which sets somebody stands."""
        return frozenset().union(*(each.who.groups for each in self.approver_sets))

    def covers(self, namespace: str) -> bool:
        """Whether the rule speaks of this namespace."""
        return any(fnmatchcase(namespace, glob) for glob in self.namespaces)

    def probes(self, port_name: str, debug_names: Iterable[str]) -> bool:
        """Whether to try a port before calling it open; a debug agent often serves one client only, so not those."""
        if self.probe is not None:
            return self.probe is ProbeMode.CONNECT
        return not any(word in port_name for word in debug_names)


NOTHING: Final = Rule(
    (), requesters=NOBODY, approvers=NOBODY, max_ttl=timedelta(), max_lifetime=timedelta(), extend_by=()
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Operators and rules; the first rule that covers a namespace counts, and none means no.

    Attributes:
        max_open: of one person at once, under all rules; ``None``: any number.
        enforce_on_open: whether a new policy closes what is open and what it does not permit.
    """

    rules: tuple[Rule, ...]
    operators: Principals = field(default=NOBODY)
    max_open: int | None = None
    enforce_on_open: bool = False

    def rule_for(self, namespace: str) -> Rule | None:
        """Find the first rule that covers the namespace."""
        return next((rule for rule in self.rules if rule.covers(namespace)), None)

    def rule_or_nothing(self, namespace: str) -> Rule:
        """Find the rule, or one that grants nothing to anybody, not even time, where none covers the namespace."""
        return self.rule_for(namespace) or NOTHING

    def enforces(self, namespace: str) -> bool:
        """Whether what is open in a namespace is closed where this policy does not permit it."""
        rule = self.rule_for(namespace)
        chosen = rule.enforce_on_open if rule else None
        return self.enforce_on_open if chosen is None else chosen

    def groups(self) -> frozenset[GroupId]:
        """Every group that some decision may hang on."""
        named = [self.operators, *(p for rule in self.rules for p in (rule.requesters, rule.approvers))]
        return frozenset().union(*(p.groups for p in named), *(rule.groups_of_sets for rule in self.rules))

    def may_request(self, profile: Profile, namespace: str) -> bool:
        """Whether somebody may ask for targets in a namespace."""
        rule = self.rule_for(namespace)
        return rule is not None and rule.requesters.includes(profile)

    def may_decide(self, profile: Profile, rule: Rule, requester: Requester) -> bool:
        """Whether a person may approve or deny what somebody asked for; never their own."""
        return profile.person != requester and rule.approvers.includes(profile)

    def is_operator(self, profile: Profile) -> bool:
        """Whether somebody may extend and close what others asked for."""
        return profile.operator or self.operators.includes(profile)

    def may_be_operator(self, profile: Profile) -> bool:
        """Whether somebody may be an operator, as far as is known: enough to revoke, never to grant."""
        return profile.operator or self.operators.may_include(profile)
