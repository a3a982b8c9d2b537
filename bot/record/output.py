"""Entries of the record as a table, as CSV and as lines of JSON. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Final

from bot.client.sentences import one_line, short
from bot.client.tables import aligned
from core.domain.mapping import show_id
from core.domain.record import AuditEntry

_HEAD: Final = ("NO", "AT", "WHO", "FROM", "EVENT", "MAPPING", "NAMESPACE", "DETAIL")
_COLUMNS: Final = (
    "id",
    "at",
    "actor",
    "origin",
    "event",
    "mapping",
    "before",
    "after",
    "namespace",
    "subject",
    "detail",
    "erased",
    "hash",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def table(entries: Sequence[AuditEntry]) -> str:
    """Write one row for each."""
    return aligned([_HEAD, *(_row(entry) for entry in entries)])


def jsonl(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Write one object a line."""
    for entry in entries:
        yield json.dumps(_fields(entry), ensure_ascii=False)


def csv_head() -> str:
    """Name the columns."""
    return ",".join(_COLUMNS)


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Write one line for each; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    for entry in entries:
        fields = _fields(entry)
        fields["detail"] = json.dumps(fields["detail"], ensure_ascii=False)
        fields["erased"] = " ".join(entry.erased)
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([_cell(fields[column]) for column in _COLUMNS])
        yield line.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _fields(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": str(entry.actor),
        "origin": entry.origin,
        "event": entry.event,
        "mapping": None if entry.mapping_id is None else show_id(entry.mapping_id),
        "before": entry.before,
        "after": entry.after,
        "namespace": entry.namespace,
        "subject": entry.subject,
        "detail": dict(entry.detail),
        "erased": entry.erased,
        "hash": entry.hash,
    }


def _row(entry: AuditEntry) -> tuple[str, ...]:
    detail = [f"{key}={value}" for key, value in entry.detail.items() if value is not None]
    cells = (
        str(entry.id),
        entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        short(str(entry.actor)),
        entry.origin,
        entry.event,
        "" if entry.mapping_id is None else show_id(entry.mapping_id),
        entry.namespace or "",
        " ".join([*detail, *(f"({kind} erased)" for kind in entry.erased)]),
    )
    return tuple(one_line(cell) or "-" for cell in cells)
