"""What may be taken out of a ``MemoryStorage``, and the bulletins; see ``core.interfaces`` for each verb's promises."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from core.adapters.memory.tables import MemoryTables
from core.domain.erasing import Erasure, is_meant, without
from core.domain.mapping import Mapping
from core.domain.record import AuditEntry
from core.domain.verifying import Seal
from core.interfaces import Bulletin


@dataclass(slots=True)
class MemoryUpkeep:
    """What may be taken out."""

    tables: MemoryTables

    async def erase(self, erasure: Erasure, limit: int) -> Sequence[int]:
        """Erase what stands beside entries."""
        meant = [entry for entry in self.tables.audit if _meant(entry, erasure)][:limit]
        kept = {e.id: replace(e, asides=tuple(a for a in e.asides if a.kind not in erasure.kinds)) for e in meant}
        self.tables.audit = [kept.get(entry.id, entry) for entry in self.tables.audit]
        self.tables.touched |= bool(kept)
        return list(kept)

    async def scrub(self, erasure: Erasure, limit: int) -> int:
        """Erase the same of mappings that are over; what was told is not kept here."""
        over = [m for m in self.tables.mappings.values() if not m.live and _concerns(m, erasure)]
        scrubbed = [m for m in over if without(m, erasure.kinds) != m][:limit]
        for mapping in scrubbed:
            self.tables.mappings[mapping.id] = without(mapping, erasure.kinds)
            self.tables.touched = True
        return len(scrubbed)

    async def end_before(self, moment: datetime) -> Seal | None:
        """Find the last entry that only such from before this moment precede."""
        old = list(takewhile(lambda entry: entry.at < moment, self.tables.audit))
        if not old or len(old) == len(self.tables.audit) or old[-1].id <= self.tables.seal.up_to:
            return None
        return Seal(old[-1].id, old[-1].hash)

    async def seal(self, seal: Seal, at: datetime) -> None:  # noqa: ARG002 - the twin keeps no dates
        """Let entries up to this one be removed."""
        self.tables.seal, self.tables.touched = seal, True

    async def remove(self, limit: int) -> int:
        """Remove entries below the last seal."""
        gone = sum(entry.id <= self.tables.seal.up_to for entry in self.tables.audit[:limit])
        self.tables.audit = self.tables.audit[gone:]
        self.tables.touched |= bool(gone)
        return gone

    async def forget(self, before: datetime, limit: int) -> int:
        """Forget where things were told, of mappings that are over; what was told is not kept here."""
        waiting = {entry.mapping_id for entry in self.tables.waiting.values()}
        over = {m.id for m in self.tables.mappings.values() if not m.live and m.requested_at < before} - waiting
        gone = [key for key, post in self.tables.posts.items() if post.mapping_id in over][:limit]
        for key in gone:
            del self.tables.posts[key]
        self.tables.touched |= bool(gone)
        return len(gone)


def _meant(entry: AuditEntry, erasure: Erasure) -> bool:
    person = erasure.person
    return (
        any(aside.kind in erasure.kinds for aside in entry.asides)
        and (erasure.before is None or entry.at < erasure.before)
        and (person is None or is_meant(person, str(entry.actor)) or is_meant(person, entry.subject or ""))
    )


def _concerns(mapping: Mapping, erasure: Erasure) -> bool:
    return (erasure.before is None or mapping.requested_at < erasure.before) and (
        erasure.person is None or is_meant(erasure.person, str(mapping.requester))
    )


@dataclass(slots=True)
class MemoryBulletins:
    """Bulletins on their way."""

    tables: MemoryTables

    async def latest(self, kind: str) -> Bulletin | None:
        """Read the one of the latest period."""
        known = (bulletin for bulletin, _ in self.tables.bulletins.values() if bulletin.kind == kind)
        return max(known, key=lambda bulletin: bulletin.period, default=None)

    async def put(self, bulletin: Bulletin, now: datetime) -> None:
        """Write one down."""
        for known, _ in self.tables.bulletins.values():
            if (known.kind, known.period) == (bulletin.kind, bulletin.period):
                return
        number = len(self.tables.bulletins) + 1
        self.tables.bulletins[number] = replace(bulletin, id=number), now
        self.tables.touched = True

    async def waiting(self, now: datetime) -> Sequence[Bulletin]:
        """List what may be posted now, oldest first."""
        return [bulletin for bulletin, due in self.tables.bulletins.values() if due is not None and due <= now]

    async def done(self, bulletin_id: int, now: datetime, why: str | None = None) -> None:  # noqa: ARG002 - nor reasons
        """Mark as posted, or as given up."""
        bulletin, _ = self.tables.bulletins[bulletin_id]
        self.tables.bulletins[bulletin_id] = bulletin, None
        self.tables.touched = True

    async def postpone(self, bulletin_id: int, until: datetime, why: str) -> None:  # noqa: ARG002 - same
        """Try again later."""
        bulletin, _ = self.tables.bulletins[bulletin_id]
        self.tables.bulletins[bulletin_id] = replace(bulletin, attempts=bulletin.attempts + 1), until
        self.tables.touched = True
