"""How the parts of a mapping are put into words; the same words wherever they are shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.slack.blocks.mrkdwn import code, escape, link, moment, person, prose, shorten
from core.domain.mapping import Mapping
from core.domain.notices import Facts
from core.domain.policy import Rule
from core.domain.route import Probe
from core.domain.sources import Sources
from core.domain.ttl import format_ttl

REASON: Final = 400
SHORT: Final = timedelta(minutes=10)
"""What lives less than this has its moments shown with seconds."""
ADDRESSES: Final = 8
"""How many addresses are listed before the rest is only counted."""
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_ROUNDS_UP: Final = 999.5
_ONE_DIGIT: Final = 9.95


def target(mapping: Mapping) -> str:
    """Name the target, in bold."""
    return f"*{shorten(str(mapping.target), 350)}*"


def when(mapping: Mapping, at: datetime | None) -> str:
    """Write a moment of a mapping's life."""
    return moment(at, seconds=mapping.ttl < SHORT) if at else "soon"


def until(mapping: Mapping) -> str:
    """Write the end that the gateway holds."""
    return when(mapping, mapping.enforced_until or mapping.expires_at)


def callers(sources: Sources) -> str:
    """Say who may connect: ``only from 10.1.2.3``, or ``anyone in 10.0.0.0/8 or 192.168.0.0/16``."""
    if not sources.networks:
        return "nobody"
    listed = some(str(sources).split(", "), ADDRESSES, "or")
    hosts = all(network.prefixlen == network.max_prefixlen for network in sources.networks)
    return f"only from {listed}" if hosts else f"anyone in {listed}"


def why(mapping: Mapping) -> str:
    """Write the reason that was given, if one was."""
    return f"Why: {prose(mapping.reason, REASON)}" if mapping.reason.strip() else ""


def ticket(mapping: Mapping, rule: Rule) -> str:
    """Link the ticket that the reason names, where the rule says what one looks like; "" where it names none."""
    named = rule.ticket.named_in(mapping.reason) if rule.ticket else ""
    address = rule.ticket.address(named) if rule.ticket and named else ""
    return f"Ticket: {link(address, named)}" if address else ""


def amended(mapping: Mapping) -> str:
    """Say what was asked for before an approver changed it; "" where nobody did."""
    asked = mapping.amendment
    if asked is None:
        return ""
    were = [
        format_ttl(asked.ttl) if asked.ttl != mapping.ttl else "",
        callers(asked.sources) if asked.sources != mapping.sources else "",
        f"port {asked.port}" if asked.port != mapping.endpoint.port else "",
    ]
    before = "; ".join(part for part in were if part) or "the same"
    return f"Changed by {person(asked.by)}; asked for at first: {before}"


def changes(facts: Facts) -> str:
    """Say what an approver changed, from what to what."""
    pairs = [
        _instead(facts, "ttl", "for {}"),
        _instead(facts, "sources", "callers from {}"),
        _instead(facts, "port", "port {}"),
    ]
    return "; ".join(pair for pair in pairs if pair)


def _instead(facts: Facts, name: str, what: str) -> str:
    if facts.get(name) is None:
        return ""
    now, before = (some(str(facts.get(key)).split(", "), ADDRESSES) for key in (name, f"{name}_before"))
    return f"{what.format(now)} instead of {before}"


def stakes(mapping: Mapping) -> str:
    """Say what an approval opens, to whom, and for how long; nothing in it needs escaping."""
    port = f"{mapping.target.port} ({mapping.port_name})" if mapping.port_name else str(mapping.target.port)
    target = escape(f"port {port} of {mapping.target.kind} {mapping.target.name} in {mapping.target.namespace}")
    more = mapping.extension
    time = f"for {format_ttl(more.by)} more" if more else f"for {format_ttl(mapping.ttl)}"
    return f"{target}, {time}; callers: {callers(mapping.sources)}"


def stalled(probe: Probe | None, endpoint: str) -> str:
    """Say why a port is not open yet, and what may be behind it."""
    match probe:
        case Probe.REFUSED:
            return f"nothing listens on {code(endpoint)}; does the program listen on localhost only?"
        case Probe.SILENT:
            return f"{code(endpoint)} does not answer: a NetworkPolicy, or this gateway is outside the pod network"
        case _:
            return "the gateway does not answer; the port opens by itself when it is back"


def some(words: Sequence[str], most: int, join: str = "and") -> str:
    """List words, escaped; what is over ``most`` is only counted."""
    shown = [shorten(word, 100) for word in words[:most]]
    if len(words) > most:
        shown.append(f"{len(words) - most} more")
    return listed(shown, join)


def listed(words: Sequence[str], join: str = "and") -> str:
    """Join as people do; the words are escaped already."""
    *head, last = words or ["nothing"]
    return f"{', '.join(head)} {join} {last}" if head else last


def count(number: int, thing: str) -> str:
    """Write ``1 approval``, ``2 approvals``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def size(number: int) -> str:
    """Write a number of bytes: ``512 B``, ``1.2 MB``, ``48 MB``."""
    amount, unit = float(number), 0
    while amount >= _ROUNDS_UP and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = 1 if unit and amount < _ONE_DIGIT else 0
    return f"{amount:.{digits}f}".removesuffix(".0") + f" {_UNITS[unit]}"


def capital(text: str) -> str:
    """Begin as a sentence does."""
    return text[:1].upper() + text[1:]


def full(text: str) -> str:
    """Begin and end as a sentence does."""
    return capital(text) + ("" if text.endswith((".", "?", "!", "…")) else ".")
