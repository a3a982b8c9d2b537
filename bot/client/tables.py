"""Mappings as text in columns, for people."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.client.models import OPEN, EndingView, ExtensionView, MappingView, TrafficView
from bot.client.sentences import ended, left, one_line, short
from core.domain.ttl import format_ttl

_HEAD: Final = ("ID", "STATE", "TARGET", "PORT", "WHO", "LEFT")
_NOTHING: Final = "-"
_GAP: Final = 3
_KILO: Final = 1000


def table(views: Sequence[MappingView], now: datetime) -> str:
    """Write one row for each."""
    return aligned([_HEAD, *(_row(view, now) for view in views)])


def sheet(view: MappingView, now: datetime) -> str:
    """Write everything about one, a line for each thing there is to say."""
    return aligned([(name, one_line(said)) for name, said in _lines(view, now) if said])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Write columns as wide as what they hold; the last one has no end."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths).rstrip() for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))


def _row(view: MappingView, now: datetime) -> tuple[str, ...]:
    cells = (
        view.id,
        view.state,
        str(view.target or ""),
        view.endpoint,
        short(view.requester) if view.requester else "",
        left(view.expires_at, now) if view.state == OPEN else "",
    )
    return tuple(one_line(cell) or _NOTHING for cell in cells)


def _lines(view: MappingView, now: datetime) -> Iterator[tuple[str, str]]:
    yield "id", view.id
    yield "state", view.state
    yield "target", _target(view)
    yield "port", view.endpoint
    yield "until", _until(view, now)
    yield "asked by", _asked(view, now)
    yield "callers", ", ".join(view.sources or ())
    yield "reason", view.reason or ""
    yield "approvals", f"{len(view.approvals.by)} of {view.approvals.needed}" + _by(view.approvals.by)
    yield "more time", _more(view.extension) if view.extension else ""
    yield "trouble", view.trouble or ""
    yield "ended", _ended(view.ending, now) if view.ending else ""
    yield "traffic", _traffic(view.traffic) if view.traffic else ""


def _target(view: MappingView) -> str:
    if view.target is None:
        return "not for you to see"
    return f"{view.target} ({view.target.port_name})" if view.target.port_name else str(view.target)


def _until(view: MappingView, now: datetime) -> str:
    if view.expires_at is None:
        return f"{format_ttl(timedelta(seconds=view.ttl_seconds))} from when it opens" if view.ttl_seconds else ""
    return _at(view.expires_at, now) + (f" ({left(view.expires_at, now)} left)" if view.state == OPEN else "")


def _asked(view: MappingView, now: datetime) -> str:
    when = f", {_at(view.requested_at, now)}" if view.requested_at else ""
    return f"{view.requester}{when}" if view.requester else ""


def _by(people: Sequence[str]) -> str:
    return f": {', '.join(people)}" if people else ""


def _more(extension: ExtensionView) -> str:
    time, votes = format_ttl(timedelta(seconds=extension.by_seconds)), extension.approvals
    return f"{time}, asked for by {short(extension.asker)}: {len(votes.by)} of {votes.needed} approvals"


def _ended(ending: EndingView, now: datetime) -> str:
    return f"{_at(ending.at, now)}: {ended(ending)}" if ending.at else ended(ending)


def _traffic(traffic: TrafficView) -> str:
    bound = "" if traffic.complete else "at least "
    callers = f", from {', '.join(traffic.callers)}" if traffic.callers else ""
    there, back = _bytes(traffic.bytes_in), _bytes(traffic.bytes_out)
    return f"{bound}{traffic.connections} connection(s), {there} to the pod, {back} back{callers}"


def _bytes(count: int) -> str:
    size, units = float(count), iter(("kB", "MB", "GB", "TB"))
    unit = "B"
    while size >= _KILO and (larger := next(units, "")):
        size, unit = size / _KILO, larger
    return f"{size:.1f} {unit}" if unit != "B" else f"{count} B"


def _at(when: datetime, now: datetime) -> str:
    return when.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M:%S")
