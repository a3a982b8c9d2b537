"""``/proxy list``: one line for each mapping, what ends first at the top; then one for each standing port."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.slack.blocks import mrkdwn, phrases
from bot.slack.blocks.brakes import frozen
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import SECTION, TEXT, Words, compose, note, say
from bot.slack.settings import COMMAND
from core.domain.freezing import Freeze
from core.domain.mapping import Mapping, show_id
from core.domain.states import State
from core.domain.ttl import format_ttl
from core.services.queries import Row, StandingRow

_SECTIONS: Final = 40
"""Sections of lines, at most; Slack takes 50 blocks."""
_SPARE: Final = 60
_MINUTE: Final = timedelta(minutes=1)


def listing(
    rows: Sequence[Row],
    host: str,
    now: datetime,
    *,
    everything: bool,
    services: Sequence[StandingRow] = (),
    freeze: Freeze | None = None,
) -> Message:
    """List mappings, and the standing ports of Services.

    Args:
        rows: what the viewer may see; reasons are never shown, nor the target of a row that is ``hidden``.
        host: that people connect to.
        now: time left counts from it.
        everything: whether ``all`` was asked for; else these are the viewer's own.
        services: which Service has which standing port, by port.
        freeze: the one in force; then the ports of Services are shut as well.
    """
    cold = frozen(freeze) if freeze else ""
    if not rows and not services:
        nothing = "Nothing is open, and nothing waits" + ("." if everything else " for you.")
        more = "" if everything else f"What others have: `{COMMAND} list all`"
        return compose(say(cold, nothing), note(more))
    ordered = sorted(rows, key=lambda row: (_end(row.mapping) or now, row.mapping.id))
    title = _title(len(rows), len(services), everything=everything)
    lines = [*(_line(row, now, everything=everything) for row in ordered), *map(_standing_line, services)]
    closing = (
        f"Host: {mrkdwn.code(host, 300)} · more time: `{COMMAND} extend PORT 30m` · an end: `{COMMAND} close PORT`"
    )
    shown = compose(say(cold, title), *_sections(lines), note(closing))
    return Message(_text(f"{cold}\n{title}" if cold else title, lines, closing), shown.blocks)


def _title(mappings: int, services: int, *, everything: bool) -> str:
    standing = f"{phrases.count(services, 'standing port')} of Services"
    if not mappings:
        return standing
    shown = f"{phrases.count(mappings, 'mapping')} {'in all' if everything else 'of yours'}, what ends first at the top"
    return f"{shown}; then {standing}" if services else shown


def _sections(lines: Sequence[str]) -> list[Words]:
    """Put as many lines into each section as fit."""
    sections: list[list[str]] = [[]]
    for line in lines:
        if sum(len(each) + 1 for each in sections[-1]) + len(line) > SECTION:
            sections.append([])
        sections[-1].append(line)
    kept = [Words(section) for section in sections[:_SECTIONS]]
    left = sum(len(section) for section in sections[_SECTIONS:])
    return [*kept, note(f"and {left} more")] if left else kept


def _text(title: str, lines: Sequence[str], closing: str) -> str:
    """Write the same as text, as much of it as fits."""
    kept: list[str] = []
    room = TEXT - len(title) - len(closing) - _SPARE
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    return "\n".join([title, *kept, *([f"and {left} more"] if left else []), closing])


def _line(row: Row, now: datetime, *, everything: bool) -> str:
    """Write port, target, who, time left, state."""
    mapping = row.mapping
    port = mrkdwn.code(str(mapping.port)) if mapping.port is not None else "no port yet"
    target = "a target not shown to you" if row.hidden else phrases.target(mapping)
    who = mrkdwn.person(mapping.requester) if everything else ""
    mark = "not permitted any more" if everything and mapping.forbidden else ""
    return " · ".join(part for part in (port, target, who, _state(mapping, now), mark, show_id(mapping.id)) if part)


def _standing_line(row: StandingRow) -> str:
    """Write port, Service, and where it leads."""
    standing = row.standing
    service = "a Service not shown to you" if row.hidden else f"Service *{mrkdwn.shorten(str(standing.service), 320)}*"
    leads = mrkdwn.code(str(standing.endpoint)) if standing.endpoint else "leads nowhere now"
    state = "is being given back" if standing.leaving else "" if row.hidden else leads
    return " · ".join(part for part in (mrkdwn.code(str(standing.port)), service, state) if part)


def _state(mapping: Mapping, now: datetime) -> str:
    """Write the state, and how long it lasts where that is known."""
    words = {State.REQUESTED: "waits for approval", State.APPROVED: "approved, opening", State.OPEN: "open"}
    state = words.get(mapping.state, str(mapping.state))
    end = _end(mapping)
    return f"{state}, {_left(end - now)} left" if end and end > now else state


def _end(mapping: Mapping) -> datetime | None:
    if mapping.state is State.REQUESTED:
        return mapping.pending_until
    return mapping.enforced_until or mapping.expires_at if mapping.state is State.OPEN else mapping.open_by


def _left(span: timedelta) -> str:
    """Write how long, in minutes; in seconds below one."""
    return format_ttl(span - span % _MINUTE if span >= _MINUTE else span)
