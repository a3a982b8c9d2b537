"""The record: what an entry says, what of it can be erased, and the chain that ties each entry to the one before. Pure.

An entry's hash covers the hash before it and everything that the entry says for good. Words that people typed and
addresses of callers stand beside the entry: the chain has them as salted hashes only, so that they can be erased, and
what was erased cannot be guessed from its hash, for the salt goes with it.
"""

import json
import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from core.domain.mapping import Decision, MappingId
from core.domain.notices import Facts
from core.domain.people import Actor, Client, System
from core.domain.standing import Change
from core.domain.states import Event

GENESIS: Final = "0" * 64
"""What the first entry of all has before it."""
SOME_ADDRESS: Final = Client("address")
"""Stands in the chain for a client that is known by its address alone."""

_LIKE_ADDRESS: Final = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]*(%.+)?")


class Origin(StrEnum):
    """By which way something came."""

    SLACK = "slack"
    REST = "rest"
    TIMER = "timer"
    GATEWAY = "gateway"
    CLUSTER = "cluster"
    POLICY = "policy"
    CLI = "cli"


class Erasable(StrEnum):
    """What stands beside an entry, and can be erased."""

    WORDS = "words"
    """Reasons and other texts, which may name people."""
    ADDRESSES = "addresses"
    """Where callers and clients are."""


PLAIN: Final = frozenset(
    {
        "approvals",
        "at",
        "before",
        "by",
        "endpoint",
        "erased",
        "group",
        "hash",
        "ids",
        "more",
        "namespace",
        "person",
        "probe",
        "replaced_by",
        "service",
        "sources",
        "sources_before",
        "target",
        "ttl",
        "ttl_before",
        "until",
        "up_to",
        "uid",
        "void",
    }
)
"""Texts that the program makes itself and that name nobody but by id; every other text can be erased."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be entered.

    Attributes:
        subject: whose mapping it is about.
        detail: everything else, as people read it; some of it will stand beside the entry.
        origin: by which way it came; ``None``: as the actor suggests.
        own_words: whether ``why`` was written by the program.
    """

    at: datetime
    actor: Actor
    event: str
    mapping_id: MappingId | None = None
    before: str | None = None
    after: str | None = None
    namespace: str | None = None
    subject: Actor | None = None
    detail: Facts = field(default_factory=dict)
    origin: Origin | None = None
    own_words: bool = True


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands beside an entry.

    Attributes:
        salt: nobody can guess the content from its digest without it.
    """

    kind: Erasable
    salt: str
    content: Facts

    @property
    def digest(self) -> str:
        """What the chain has of it."""
        return _hash([self.salt, str(self.kind), dict(self.content)])


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the record; ``event`` is an ``Event``'s value, ``refused:VERB``, or one of the record's own.

    Attributes:
        plain: what it says for good.
        digests: of what stands, or stood, beside it.
        asides: what still stands beside it.
        hash: of all but the asides, and of the entry before.
    """

    id: int
    at: datetime
    actor: Actor
    event: str
    mapping_id: MappingId | None
    before: str | None
    after: str | None
    plain: Facts
    origin: str = ""
    namespace: str | None = None
    subject: str | None = None
    digests: Dict[str, str] = field(default_factory=dict)
    asides: tuple[Aside, ...] = ()
    hash: str = ""

    @property
    def detail(self) -> Facts:
        """All that is still known of it."""
        known = dict(self.plain)
        for aside in self.asides:
            known |= aside.content
        return known

    @property
    def erased(self) -> list[str]:
        """What stood beside it and is gone."""
        return sorted(self.digests.keys() - {str(aside.kind) for aside in self.asides})


def note_of_decision(decision: Decision, mapping_id: MappingId) -> Note:
    """Say what was decided; of a new request, why it was asked for as well."""
    mapping, detail = decision.mapping, decision.detail
    if decision.event is Event.REQUEST and mapping.reason:
        detail = {**detail, "reason": mapping.reason}
    return Note(
        decision.at,
        decision.actor,
        str(decision.event),
        mapping_id,
        str(decision.before) if decision.before else None,
        str(mapping.state),
        mapping.target.namespace,
        mapping.requester,
        detail,
        None if decision.origin is None else Origin(decision.origin),
        own_words=isinstance(decision.actor, System),
    )


def note_of_change(change: Change) -> Note:
    """Say what became of a standing port."""
    namespace = change.row.service.namespace
    return Note(change.at, change.actor, str(change.event), namespace=namespace, detail=dict(change.facts))


def origin_of(actor: Actor) -> Origin:
    """Say by which way somebody comes, where nothing else says it."""
    if isinstance(actor, System):
        return Origin(actor.value.partition(":")[2])
    return Origin.REST if isinstance(actor, Client) else Origin.SLACK


def entry_of(note: Note, last: AuditEntry | None, salts: tuple[str, str]) -> AuditEntry:
    """Put a note behind the last entry of all.

    Args:
        note: what is to be entered.
        last: the entry before; ``None`` where there is none yet.
        salts: two fresh random texts.
    """
    return linked(note, last.id if last else 0, last.hash if last else GENESIS, salts)


def linked(note: Note, last_id: int, last_hash: str, salts: tuple[str, str]) -> AuditEntry:
    """Put a note behind the entry of this number and hash."""
    plain, beside = _parted(note)
    asides = tuple(Aside(kind, salt, beside[kind]) for kind, salt in zip(Erasable, salts, strict=True) if beside[kind])
    entry = AuditEntry(
        last_id + 1,
        note.at.astimezone(UTC),
        _without_address(note.actor) or note.actor,
        note.event,
        note.mapping_id,
        note.before,
        note.after,
        plain,
        str(note.origin or origin_of(note.actor)),
        note.namespace,
        None if note.subject is None else str(_without_address(note.subject) or note.subject),
        {str(aside.kind): aside.digest for aside in asides},
        asides,
    )
    return replace(entry, hash=link(last_hash, entry))


def link(previous: str, entry: AuditEntry) -> str:
    """Compute the hash of an entry that follows the one of that hash; SHA-256 over JSON, in hexadecimal digits."""
    return _hash(
        [
            previous,
            entry.id,
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            str(entry.actor),
            entry.origin,
            entry.event,
            entry.mapping_id,
            entry.before,
            entry.after,
            entry.namespace,
            entry.subject,
            dict(entry.plain),
            dict(entry.digests),
        ]
    )


def _hash(content: list[object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode("ascii")).hexdigest()


# -- what can be erased -----------------------------------------------------------------------------------------------


def _parted(note: Note) -> tuple[Facts, dict[Erasable, dict[str, str | int | None]]]:
    """Part what stays from what can be erased."""
    plain: dict[str, str | int | None] = {}
    beside: dict[Erasable, dict[str, str | int | None]] = {kind: {} for kind in Erasable}
    for key, value in note.detail.items():
        kind = _kind(key, value, own_words=note.own_words)
        (plain if kind is None else beside[kind])[key] = value
    if _without_address(note.actor):
        beside[Erasable.ADDRESSES]["client"] = str(note.actor)
    return plain, beside


def _kind(key: str, value: str | int | None, *, own_words: bool) -> Erasable | None:
    if is_address(key) or (isinstance(value, str) and any(is_address(part.strip()) for part in value.split(","))):
        return Erasable.ADDRESSES
    if not isinstance(value, str) or key in PLAIN or (key == "why" and own_words):
        return None
    return Erasable.WORDS


def _without_address(actor: Actor) -> Actor | None:
    """Give who is to stand in the chain for a client that is called by its address; ``None`` for all others."""
    return SOME_ADDRESS if isinstance(actor, Client) and is_address(actor.name) else None


def is_address(text: str) -> bool:
    """Whether a text is one host's address; most are not, which shows at a glance."""
    if not _LIKE_ADDRESS.fullmatch(text):
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
