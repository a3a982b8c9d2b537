"""What a ``MemoryStorage`` holds, and how it is read; see ``core.interfaces`` for what each verb promises."""

from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from secrets import token_hex
from typing import Final

from core.domain.erasing import is_meant
from core.domain.errors import NoSuchMapping
from core.domain.freezing import Freeze
from core.domain.mapping import Mapping, MappingId, Reference, show_id
from core.domain.people import Requester
from core.domain.port_pool import PortUse
from core.domain.record import AuditEntry, Note, entry_of
from core.domain.standing import StandingPort
from core.domain.states import HOLDING, State
from core.domain.target import PodRef
from core.domain.verifying import Seal
from core.interfaces import Bulletin, Entry, Filter, KeyUse, Post, PostRole, Wanted

KEYS_MEMORY: Final = timedelta(days=1)


@dataclass(slots=True)
class MemoryTables:
    """Everything, as one value that can be copied; ``touched`` says whether anything was written."""

    mappings: dict[MappingId, Mapping] = field(default_factory=dict)
    ports: dict[int, tuple[MappingId, datetime | None]] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    told: dict[tuple[MappingId, str], int] = field(default_factory=dict)
    waiting: dict[int, Entry] = field(default_factory=dict)
    posts: dict[tuple[MappingId, PostRole, str], Post] = field(default_factory=dict)
    inbox: dict[str, datetime] = field(default_factory=dict)
    keys: dict[str, KeyUse] = field(default_factory=dict)
    standing: dict[int, StandingPort] = field(default_factory=dict)
    seal: Seal = field(default_factory=Seal)
    bulletins: dict[int, tuple[Bulletin, datetime | None]] = field(default_factory=dict)
    freeze: Freeze | None = None
    touched: bool = False

    def enter(self, note: Note) -> None:
        """Put a note behind the last entry of the record."""
        last = self.audit[-1] if self.audit else None
        self.audit.append(entry_of(note, last, (token_hex(16), token_hex(16))))
        self.touched = True

    def copy(self) -> "MemoryTables":
        """Copy the containers; what is in them is frozen."""
        return MemoryTables(
            dict(self.mappings),
            dict(self.ports),
            list(self.audit),
            dict(self.told),
            dict(self.waiting),
            dict(self.posts),
            dict(self.inbox),
            dict(self.keys),
            standing=dict(self.standing),
            seal=self.seal,
            bulletins=dict(self.bulletins),
            freeze=self.freeze,
        )


@dataclass(slots=True)
class MemoryMappings:
    """The mappings."""

    tables: MemoryTables

    async def get(self, mapping_id: MappingId) -> Mapping:
        """Read one."""
        try:
            return self.tables.mappings[mapping_id]
        except KeyError:
            raise NoSuchMapping(show_id(mapping_id)) from None

    async def find(self, reference: Reference) -> Mapping:
        """Read the one that holds a port, or the one of an id."""
        if reference.mapping_id is not None:
            return await self.get(reference.mapping_id)
        for mapping in self.tables.mappings.values():
            if mapping.port == reference.port and mapping.state in HOLDING:
                return mapping
        raise NoSuchMapping(str(reference))

    async def live(self, requester: Requester | None = None, pod: PodRef | None = None) -> Sequence[Mapping]:
        """List what something can still happen to, by id."""
        live = (m for m in self.tables.mappings.values() if m.live)
        chosen = (m for m in live if requester in {None, m.requester} and pod in {None, m.target.pod})
        return sorted(chosen, key=lambda m: m.id)

    async def page(self, wanted: Filter, after: MappingId | None, limit: int) -> Sequence[Mapping]:
        """List some, newest first."""
        newest = sorted(self.tables.mappings.values(), key=lambda m: -m.id)
        older = (m for m in newest if after is None or m.id < after)
        return list(islice((m for m in older if _is_wanted(m, wanted)), limit))

    async def count_live(self) -> Dict[State, int]:
        """Count the live ones by state."""
        return Counter(m.state for m in self.tables.mappings.values() if m.live)

    async def live_versions(self) -> Dict[MappingId, int]:
        """Say which are live, and at what version."""
        return {m.id: m.version for m in self.tables.mappings.values() if m.live}

    async def due(self, now: datetime) -> Sequence[Mapping]:
        """List those whose ``due_at`` has come, by it."""
        dated = ((m.due_at, m) for m in self.tables.mappings.values())
        due = [(at, m) for at, m in dated if at is not None and at <= now]
        return [m for _, m in sorted(due, key=lambda pair: (pair[0], pair[1].id))]

    async def port_uses(self) -> Sequence[PortUse]:
        """Say, for every port ever used, who used it last."""
        return [self._use(port, *self.tables.ports[port]) for port in sorted(self.tables.ports)]

    def _use(self, port: int, mapping_id: MappingId, released: datetime | None) -> PortUse:
        last = self.tables.mappings[mapping_id]
        ends = last.ending.at if last.ending else last.expires_at
        return PortUse(port, last.requester, str(last.target), None if released else ends, released)


@dataclass(slots=True)
class MemoryOutbox:
    """Notices on their way; what is done or buried is gone."""

    tables: MemoryTables

    async def waiting(self, now: datetime, limit: int = 200) -> Sequence[Entry]:
        """List what may be posted now, oldest first; what waits for its next try holds back what came later."""
        held = set[MappingId]()
        ready = list[Entry]()
        for entry in sorted(self.tables.waiting.values(), key=lambda e: e.id):
            if entry.not_before > now:
                held.add(entry.mapping_id)
            elif entry.mapping_id not in held:
                ready.append(entry)
        return ready[:limit]

    async def done(self, ids: Collection[int], now: datetime) -> None:  # noqa: ARG002 - the twin keeps no dates
        """Mark as posted, or as overtaken by what was posted."""
        for entry_id in ids:
            self.tables.touched |= self.tables.waiting.pop(entry_id, None) is not None

    async def postpone(self, entry_id: int, until: datetime, why: str) -> None:  # noqa: ARG002 - nor reasons
        """Try again later; counts an attempt."""
        entry = self.tables.waiting.get(entry_id)
        if entry is not None:
            self.tables.waiting[entry_id] = replace(entry, not_before=until, attempts=entry.attempts + 1)
            self.tables.touched = True

    async def bury(self, entry_id: int, why: str, now: datetime) -> None:  # noqa: ARG002 - same
        """Give up."""
        await self.done([entry_id], now)

    async def oldest(self) -> datetime | None:
        """When the oldest waiting entry was made."""
        return min((entry.created_at for entry in self.tables.waiting.values()), default=None)


@dataclass(slots=True)
class MemoryPosts:
    """Every message that shows a mapping."""

    tables: MemoryTables

    async def of(self, mapping_id: MappingId) -> Sequence[Post]:
        """List the messages of a mapping, in the order they were posted."""
        return [post for post in self.tables.posts.values() if post.mapping_id == mapping_id]

    async def put(self, post: Post) -> None:
        """Remember a message, in the place of an earlier one of its role and channel."""
        self.tables.posts[post.mapping_id, post.role, post.channel] = post
        self.tables.touched = True


@dataclass(slots=True)
class MemoryAudit:
    """The record of everything that was decided or refused."""

    tables: MemoryTables

    async def of(self, mapping_id: MappingId) -> Sequence[AuditEntry]:
        """List a mapping's entries, oldest first."""
        return [entry for entry in self.tables.audit if entry.mapping_id == mapping_id]

    async def since(self, after: int, limit: int = 500) -> Sequence[AuditEntry]:
        """List the entries with an id above ``after``, oldest first."""
        return [entry for entry in self.tables.audit if entry.id > after][:limit]

    async def latest(self, limit: int = 100) -> Sequence[AuditEntry]:
        """List the latest entries of all, newest first."""
        return self.tables.audit[::-1][:limit]

    async def search(
        self, wanted: Wanted, after: int = 0, limit: int = 500, *, newest: bool = False
    ) -> Sequence[AuditEntry]:
        """List some of the entries."""
        found = [entry for entry in self.tables.audit if entry.id > after and _is_searched(entry, wanted)]
        return (found[::-1] if newest else found)[:limit]

    async def sealed(self) -> Seal:
        """Say where the record begins."""
        return self.tables.seal

    async def enter(self, note: Note) -> None:
        """Enter what is no decision on a mapping."""
        self.tables.enter(note)


@dataclass(slots=True)
class MemoryKeys:
    """Keys of requests."""

    tables: MemoryTables

    async def get(self, key: str, now: datetime) -> KeyUse | None:
        """Read what came of a key."""
        use = self.tables.keys.get(key)
        return use if use is not None and use.at >= now - KEYS_MEMORY else None

    async def put(self, key: str, use: KeyUse) -> None:
        """Write down what came of a key."""
        kept = {known: old for known, old in self.tables.keys.items() if old.at >= use.at - KEYS_MEMORY}
        self.tables.keys = {**kept, key: use}
        self.tables.touched = True


def _is_wanted(mapping: Mapping, wanted: Filter) -> bool:
    target = mapping.target
    return (
        (not wanted.states or mapping.state in wanted.states)
        and wanted.live in {None, mapping.live}
        and wanted.namespace in {None, target.namespace}
        and wanted.name in {None, target.name}
        and wanted.requester in {None, mapping.requester}
        and wanted.port in {None, mapping.port}
    )


def _is_searched(entry: AuditEntry, wanted: Wanted) -> bool:
    person, event = wanted.person, wanted.event
    return (
        (person is None or is_meant(person, str(entry.actor)) or is_meant(person, entry.subject or ""))
        and wanted.namespace in {None, entry.namespace}
        and (event is None or entry.event == event or (event[-1:] == "*" and entry.event.startswith(event[:-1])))
        and wanted.mapping_id in {None, entry.mapping_id}
        and (wanted.since is None or entry.at >= wanted.since)
        and (wanted.until is None or entry.at < wanted.until)
    )
