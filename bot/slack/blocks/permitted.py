"""What the policy in force lets somebody ask for, in words and as an example."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from bot.slack.blocks import phrases, who
from bot.slack.blocks.mrkdwn import code
from core.domain.people import Person
from core.domain.policy import Principals, Rule
from core.domain.refusals import USUAL_REASON
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import Address, Kind, Target
from core.domain.ttl import format_ttl
from core.services.queries import Help

_MOST: Final = 8
_USUAL_CALLER: Final = ip_address("10.1.2.3")


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may ask for.

    Attributes:
        lines: one for each namespace or pattern of namespaces, as mrkdwn.
        sample: a namespace, and its rule; ``None`` where nothing may be asked for.
    """

    lines: Sequence[str]
    sample: tuple[str, Rule] | None = None


def reach(given: Help, person: Person) -> Reach:
    """Say what the policy lets somebody ask for."""
    named = [(name, given.policy.rule_or_nothing(name)) for name in given.namespaces]
    found = [*named, *_patterns(given, person)]
    if not found:
        operators = phrases.listed(who.mentions(given.policy.operators) or ["nobody"])
        return Reach([f"The policy lets you ask for nothing. Operators: {operators}."])
    lines = [f"{code(name, 100)}: {_terms(rule)}" for name, rule in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"and {len(found) - _MOST} more")
    if given.policy.max_open is not None:
        lines.append(f"You can have {phrases.count(given.policy.max_open, 'mapping')} at once, in all.")
    return Reach(["You can ask for pods in:", *lines], (_instance(found[0][0]), found[0][1]))


def _patterns(given: Help, person: Person) -> Iterator[tuple[str, Rule]]:
    """List the patterns of rules under which this person may ask for all that is known here: groups are not."""
    for rule in given.policy.rules:
        if _includes(rule.requesters, person):
            yield from ((pattern, rule) for pattern in rule.namespaces if set(pattern) & set("*?["))


def _includes(principals: Principals, person: Person) -> bool:
    return principals.anyone or person.user in principals.users


def _instance(pattern: str) -> str:
    """Make a namespace that a pattern could stand for."""
    if pattern == "*":
        return "default"
    name = pattern.replace("*", "a").replace("?", "a")
    return name if "[" not in name else "payments"


def _terms(rule: Rule) -> str:
    """Say what holds there: approvals, times, ports, callers."""
    longest = min(rule.max_ttl, rule.max_lifetime)
    terms = [
        who.needed(rule) if rule.approvals else "no approval needed",
        f"{format_ttl(min(rule.default_ttl, longest))} unless you say otherwise, {format_ttl(longest)} at most",
    ]
    if rule.ports is not None:
        terms.append(f"ports {phrases.some(str(rule.ports).split(', '), _MOST)}")
    if rule.source_required:
        terms.append("say from where")
    if rule.reason_required:
        terms.append("say why")
    if rule.ticket is not None:
        terms.append(f"the reason names a ticket, such as {code(rule.ticket.example, 100)}")
    if rule.sensitive:
        terms.append("sensitive")
    if rule.max_open is not None:
        terms.append(f"{rule.max_open} at once")
    return "; ".join([*terms, f"callers: {phrases.callers(rule.sources)}"])


def example(namespace: str, rule: Rule) -> Ask:
    """Make a request that the rule would take."""
    target = Target(Kind.POD, namespace, "api-0", _port(rule))
    sources = Sources.parse(str(_caller(rule))) if rule.source_required else None
    return Ask(target, min(rule.default_ttl, rule.max_ttl, rule.max_lifetime), sources, _reason(rule))


def _reason(rule: Rule) -> str:
    return f"{USUAL_REASON} {rule.ticket.example}" if rule.ticket else USUAL_REASON


def _port(rule: Rule) -> int | str | None:
    if rule.ports is None:
        return None
    named: list[int | str] = [*sorted(rule.ports.names), *(low for low, _ in rule.ports.ranges)]
    return named[0] if named else None


def _caller(rule: Rule) -> Address:
    """Find an address that the rule permits."""
    if rule.sources.admits(_USUAL_CALLER) or not rule.sources.networks:
        return _USUAL_CALLER
    network = rule.sources.networks[0]
    return network.network_address + 1 if network.num_addresses > 1 else network.network_address
