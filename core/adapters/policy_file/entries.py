"""The file's shape: what may stand where, and the policy that it makes."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from core.adapters.policy_file.defaults import steps_within
from core.adapters.policy_file.values import (
    Channel,
    Cidr,
    Duration,
    Glob,
    Group,
    Label,
    Link,
    Mention,
    Pattern,
    TargetPort,
    TokenName,
    User,
    WarningTime,
)
from core.domain.agreeing import missing
from core.domain.people import Client
from core.domain.policy import (
    ANYONE,
    NOBODY,
    PRIVATE_NETWORKS,
    ApproverSet,
    Policy,
    PortSet,
    Principals,
    ProbeMode,
    Rule,
)
from core.domain.sources import Sources
from core.domain.ticket import Ticket
from core.domain.ttl import format_ttl
from core.strict_model import Misfit, Strict

USUAL: Final = Rule(())
"""Where a rule says nothing, the domain's own defaults count."""
NOT_NAMED: Final = Client("anybody")
"""Whoever asks, of whom nothing is known."""
USUAL_TICKETS: Final = ("OPS-4711", "INC0004711", "CHG0004711", "4711", "#4711", "ops-4711", "GH-4711")
"""Examples; one of them matches most patterns."""
MOST_STEPS: Final = 4
"""Extend buttons that fit beside each other."""
MOST_APPROVALS: Final = 20
MOST_SETS: Final = 5
Most: TypeAlias = Annotated[int, Field(ge=1)]
"""How many of something there may be at once."""


def _said(what: str, example: object) -> Any:
    """Describe a key that may be left out."""
    return Field(default=None, description=what, examples=[example])


class PrincipalsEntry(Strict):
    """Users and groups of the workspace."""

    users: list[User] = Field(default=[], description="ids of users", examples=[["U024BE7LH"]])
    groups: list[Group] = Field(default=[], description="ids of groups", examples=[["S0614TZR7"]])

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("it names neither users nor groups; write users: [] where nobody is meant")
        return self

    def principals(self) -> Principals:
        """Return them as the domain has them."""
        return Principals(frozenset(self.users), frozenset(self.groups))


class RequestersEntry(PrincipalsEntry):
    """Users and groups of the workspace, and programs."""

    anyone: bool = Field(default=False, description="any full member as well, beside the tokens", examples=[True])
    tokens: list[TokenName] = Field(
        default=[], description="names of REST tokens that belong to no user", examples=[["ci"]]
    )

    def principals(self) -> Principals:
        """Return them as the domain has them."""
        return Principals(frozenset(self.users), frozenset(self.groups), self.anyone, frozenset(self.tokens))


class ApproverSetEntry(PrincipalsEntry):
    """Some approvers, of whom at least one has to agree."""

    name: Label = Field(description="what the card calls them", examples=["security"])

    @model_validator(mode="after")
    def _holds_somebody(self) -> Self:
        if not self.users and not self.groups:
            raise ValueError("nobody is in this set, so that nothing could be approved")
        return self

    def approver_set(self) -> ApproverSet:
        """Return it as the domain has it."""
        return ApproverSet(self.name, self.principals())


class TicketEntry(Strict):
    """What a reason has to name."""

    pattern: Pattern = Field(description="a regular expression that a ticket matches", examples=["[A-Z]+-[0-9]+"])
    example: str | None = Field(
        default=None, description="one that matches; left out where a usual one does", examples=["OPS-4711"]
    )
    link: Link | None = Field(
        default=None,
        description="where a ticket is found, with {ticket} in its place; https alone",
        examples=["https://tickets.example.com/browse/{ticket}"],
    )

    @model_validator(mode="after")
    def _has_an_example(self) -> Self:
        if not (self.example and re.search(self.pattern, self.example)) and (self.example or not self._usual()):
            problem = f"{self.example!r} does not match the pattern" if self.example else "say one that matches"
            raise Misfit("example", problem)
        return self

    def _usual(self) -> str:
        return next((usual for usual in USUAL_TICKETS if re.fullmatch(self.pattern, usual)), "")

    def ticket(self) -> Ticket:
        """Return it as the domain has it."""
        return Ticket(self.pattern, self.example or self._usual(), self.link or "")


class RuleEntry(Strict):
    """A rule. The first one whose namespaces cover a target counts; none means no."""

    namespaces: Annotated[list[Glob], Field(min_length=1)] = Field(
        description="namespaces, or patterns with * ? [..]", examples=[["payments", "prod-*"]]
    )
    requesters: RequestersEntry | None = _said(
        "who may ask; left out: any full member of the workspace, and no token", {"users": ["U024BE7LH"]}
    )
    approvers: PrincipalsEntry | None = _said(
        "who may approve, though never their own request; left out: any full member", {"groups": ["S0614TZR7"]}
    )
    approvals: Annotated[int, Field(ge=0, le=MOST_APPROVALS)] | None = _said(
        "how many others must agree; 0 opens at once. Default: 1, or as many as there are approver_sets", 1
    )
    approver_sets: Annotated[list[ApproverSetEntry], Field(min_length=1, max_length=MOST_SETS)] | None = _said(
        "of each of these at least one must agree; whoever is in one may approve, and without approvers nobody else",
        [{"name": "security", "groups": ["S0614TZR7"]}, {"name": "owners", "users": ["U024BE7LH"]}],
    )
    approvers_channel: Channel | None = _said("id of the channel where the card also goes to be decided", "C024BE91L")
    mention: Mention | None = _said(
        "whom the first post there mentions, and each reminder: here, channel, a user's or a group's id", "here"
    )
    ports: Annotated[list[TargetPort], Field(min_length=1)] | None = _said(
        "names, numbers and ranges that may be asked for; left out: any", ["debug", 5005, "8000-8010"]
    )
    source: Literal["required", "optional"] | None = _said(
        "must the asker say from where. Default: optional", "required"
    )
    reason: Literal["required", "optional"] | None = _said(
        "must the asker say why. Default: optional, or required where a ticket is wanted", "required"
    )
    ticket: TicketEntry | None = _said(
        "what a reason has to name; the card links it",
        {"pattern": "[A-Z]+-[0-9]+", "link": "https://tickets.example.com/browse/{ticket}"},
    )
    sensitive: bool | None = _said(
        "the card says so, repeats what is at stake, and asks once more behind Approve. Default: false", True
    )
    sources: Annotated[list[Cidr], Field(min_length=1)] | None = _said(
        "what may be said, and who may connect where nothing is said. Default: loopback, RFC 1918, fc00::/7",
        ["10.8.0.0/16"],
    )
    host_network: bool | None = _said(
        "pods on the node's network may be reached, where a port is the node's own. Default: false", False
    )
    probe: Literal["connect", "none"] | None = _said(
        'try the port once before saying "open". Default: connect, and none for ports named like debug ports', "none"
    )
    default_ttl: Duration | None = _said("for requests that name none. Default: 1h, within max_ttl", "1h")
    max_ttl: Duration | None = _said("of one request or extension. Default: 3h, within max_lifetime", "3h")
    max_lifetime: Duration | None = _said("from opening to the end, extensions included. Default: max_ttl", "8h")
    pending_ttl: Duration | None = _said("how long a request waits for its approvals. Default: 1h", "1h")
    remind_after: Duration | None = _said(
        "remind the approvers after that time, and once more after it; less than pending_ttl. Left out: never", "10m"
    )
    warn_before: WarningTime | None = _said(
        "how long before the end to warn, at most a quarter of the TTL; none: never. Left out: 10m, and never under 2m",
        "10m",
    )
    extend_by: Annotated[list[Duration], Field(max_length=MOST_STEPS)] | None = _said(
        "steps of the Extend buttons. Default: [30m, 1h], within max_ttl", ["30m", "1h"]
    )
    extension_approvals: Annotated[int, Field(ge=0, le=MOST_APPROVALS)] | None = _said(
        "how many must agree to more time. Default: 0", 0
    )
    v1: bool | None = _said(
        "the previous service's API (--enable-v1) opens pods here without asking anybody. Default: false", False
    )
    max_open: Most | None = _said("how many one person may have at once under this rule. Left out: any number", 3)
    max_open_per_namespace: Most | None = _said(
        "how many there may be at once in each of the namespaces, of all people. Left out: any number", 10
    )
    enforce_on_open: bool | None = _said(
        "close what is open here and what a new policy does not permit. Default: as it stands at the top", True
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        rule = self.rule()
        if not rule.sources.by_ipv4:
            raise Misfit("sources", "the ports listen by IPv4 alone, so nobody from there could connect")
        if rule.max_ttl > rule.max_lifetime:
            raise _too_long("max_ttl", rule.max_ttl, "max_lifetime", rule.max_lifetime)
        if rule.default_ttl > rule.max_ttl:
            raise _too_long("default_ttl", rule.default_ttl, "max_ttl", rule.max_ttl)
        if rule.extend_by and max(rule.extend_by) > rule.max_ttl:
            raise _too_long("extend_by", max(rule.extend_by), "max_ttl", rule.max_ttl)
        least = missing(replace(rule, approvals=0), (), NOT_NAMED).approvals
        if rule.approvals < least:
            problem = f"no {rule.approvals} people can be of all approver_sets; it takes {least}"
            raise Misfit("approvals", problem, f"approvals: {least}")
        if rule.remind_after and rule.remind_after >= rule.pending_ttl:
            problem = f"nobody is reminded after the lapse, which comes after {format_ttl(rule.pending_ttl)}"
            raise Misfit("remind_after", problem, f"remind_after: {format_ttl(rule.pending_ttl / 3)}")
        if self.mention and not self.approvers_channel:
            raise Misfit("mention", "it goes with approvers_channel, which is left out", "approvers_channel: C024BE91L")
        return self

    @model_validator(mode="after")
    def _v1_can_say_what_is_wanted(self) -> Self:
        rule = self.rule()
        if rule.v1 and rule.source_required:
            raise Misfit("v1", "whoever asks there cannot say from where, which source: required wants", "v1: false")
        if rule.v1 and rule.reason_required:
            raise Misfit("v1", "whoever asks there cannot say why, which reason or ticket wants", "v1: false")
        return self

    def rule(self) -> Rule:
        """Return it as the domain has it."""
        max_ttl = self.max_ttl or min(USUAL.max_ttl, self.max_lifetime or USUAL.max_ttl)
        sets = tuple(each.approver_set() for each in self.approver_sets or ())
        return Rule(
            namespaces=tuple(self.namespaces),
            requesters=_principals(self.requesters),
            approvers=_approvers(self.approvers, sets),
            approvals=(len(sets) or USUAL.approvals) if self.approvals is None else self.approvals,
            approver_sets=sets,
            approvers_channel=self.approvers_channel,
            mention=self.mention,
            ports=_ports(self.ports) if self.ports else None,
            source_required=self.source == "required",
            reason_required=self.reason == "required" or (self.reason is None and self.ticket is not None),
            ticket=self.ticket.ticket() if self.ticket else None,
            sensitive=bool(self.sensitive),
            sources=Sources.of(self.sources) if self.sources else PRIVATE_NETWORKS,
            host_network=bool(self.host_network),
            probe=ProbeMode(self.probe) if self.probe else None,
            default_ttl=self.default_ttl or min(USUAL.default_ttl, max_ttl),
            max_ttl=max_ttl,
            max_lifetime=self.max_lifetime or max_ttl,
            pending_ttl=self.pending_ttl or USUAL.pending_ttl,
            remind_after=self.remind_after,
            warn_before=self.warn_before,
            extend_by=steps_within(max_ttl) if self.extend_by is None else tuple(self.extend_by),
            extension_approvals=self.extension_approvals or 0,
            v1=bool(self.v1),
            max_open=self.max_open,
            max_open_per_namespace=self.max_open_per_namespace,
            enforce_on_open=self.enforce_on_open,
        )


class PolicyEntry(Strict):
    """Who may reach which pods, for how long, and by whose leave."""

    operators: PrincipalsEntry | None = Field(
        default=None,
        description="who may extend and close what others asked for; left out: nobody",
        examples=[{"users": ["U024BE7LH"]}],
    )
    max_open: Most | None = _said("how many one person may have at once, under all rules. Left out: any number", 5)
    enforce_on_open: bool | None = _said(
        "close what is open and what a new policy does not permit; else operators are told. Default: false", True
    )
    rules: list[RuleEntry] = Field(
        description="the first one that covers a namespace counts; none means no",
        examples=[[{"namespaces": ["payments"]}]],
    )

    def policy(self) -> Policy:
        """Return it as the domain has it."""
        operators = self.operators.principals() if self.operators else NOBODY
        return Policy(
            tuple(entry.rule() for entry in self.rules),
            operators,
            max_open=self.max_open,
            enforce_on_open=bool(self.enforce_on_open),
        )


def _principals(entry: PrincipalsEntry | None) -> Principals:
    return entry.principals() if entry else ANYONE


def _approvers(entry: PrincipalsEntry | None, sets: tuple[ApproverSet, ...]) -> Principals:
    """Everybody who may approve: whoever is of a set may, too."""
    if entry is None and not sets:
        return ANYONE
    return reduce(or_, (each.who for each in sets), entry.principals() if entry else NOBODY)


def _ports(items: list[str | tuple[int, int]]) -> PortSet:
    names = frozenset(item for item in items if isinstance(item, str))
    return PortSet(names, tuple(sorted(item for item in items if not isinstance(item, str))))


def _too_long(key: str, value: timedelta, limit: str, most: timedelta) -> Misfit:
    example = f"{limit}: {format_ttl(value)}"
    return Misfit(key, f"{format_ttl(value)} is longer than {limit}, which is {format_ttl(most)}", example)
