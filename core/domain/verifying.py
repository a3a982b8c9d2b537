"""Does the record say what was written, all of it and nothing else? Pure: entries in, findings out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from core.domain.record import GENESIS, AuditEntry, Erasable, link

ERASED: Final = "audit:erase"
"""Event of the entry that tells what was erased."""
SEALED: Final = "audit:seal"
"""Event of the entry that tells up to where entries were removed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Where a record begins whose first entries were removed: behind the entry of this number and hash."""

    up_to: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written."""

    entry_id: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.entry_id}: {self.what}"


class Verifier:
    """Looks at entries in their order.

    Args:
        seal: where the record begins.
        erasures: the entries that tell what was erased, and up to where entries were removed.

    Attributes:
        last_id: number of the last entry that was looked at.
        count: how many entries it has looked at.
    """

    def __init__(self, seal: Seal, erasures: Sequence[AuditEntry] = ()) -> None:
        self.last_id, self._last_hash, self.count = seal.up_to, seal.hash, 0
        self._erasures = [entry for entry in erasures if entry.event == ERASED]
        self._begins = (seal.up_to, seal.hash)
        self._told = {(entry.plain.get("up_to"), entry.plain.get("hash")) for entry in erasures}

    def look_at(self, entries: Iterable[AuditEntry]) -> Iterator[Finding]:
        """Say what is wrong with the next entries."""
        for entry in entries:
            yield from chain(self._link(entry), self._asides(entry))
            self.last_id, self._last_hash, self.count = entry.id, entry.hash, self.count + 1

    def beginning(self) -> Iterator[Finding]:
        """Say what is wrong with where the record begins."""
        if self._begins[0] and self._begins not in self._told:
            yield Finding(self._begins[0], "entries up to here were removed, and no entry tells of it")

    def _link(self, entry: AuditEntry) -> Iterator[Finding]:
        if entry.id != self.last_id + 1:
            yield Finding(entry.id, f"what stood between {self.last_id} and this one is missing")
        elif entry.hash != link(self._last_hash, entry):
            yield Finding(entry.id, "was changed, or put there by somebody else")

    def _asides(self, entry: AuditEntry) -> Iterator[Finding]:
        for aside in entry.asides:
            if entry.digests.get(str(aside.kind)) != aside.digest:
                yield Finding(entry.id, f"the {aside.kind} beside it were changed")
        for kind in entry.erased:
            if not any(covers(erasure, entry, kind) for erasure in self._erasures):
                yield Finding(entry.id, f"the {kind} beside it are gone, and no entry tells that they were erased")


def covers(erasure: AuditEntry, entry: AuditEntry, kind: str) -> bool:
    """Whether an erasure tells that this was erased beside an entry."""
    if erasure.id <= entry.id or kind not in str(erasure.plain.get("erased")).split(", "):
        return False
    before, ids = erasure.plain.get("before"), erasure.plain.get("ids")
    if isinstance(before, str) and entry.at < datetime.fromisoformat(before):
        return True
    return isinstance(ids, str) and any(entry.id in span for span in spans(ids))


def write_spans(ids: Iterable[int]) -> str:
    """Write numbers with runs of them as one: ``3-5, 9``."""
    runs = list[list[int]]()
    for number in sorted(set(ids)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def spans(text: str) -> Iterator[range]:
    """Read what ``write_spans`` wrote."""
    for part in filter(None, text.split(", ")):
        first, _, last = part.partition("-")
        yield range(int(first), int(last or first) + 1)


def all_kinds() -> str:
    """Name everything that can be erased, as an erasure's entry does."""
    return ", ".join(str(kind) for kind in Erasable)
