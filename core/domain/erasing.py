"""What is erased of a mapping that is over, and by whom it can be asked for. Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from core.domain.mapping import Mapping
from core.domain.notices import Facts
from core.domain.people import Actor, Client, System
from core.domain.record import SOME_ADDRESS, Erasable, Note, is_address
from core.domain.sources import Sources
from core.domain.verifying import ERASED, SEALED, Seal

EVERYTHING: Final = frozenset(Erasable)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be erased: of these kinds, what is older than a moment, or what is about one person.

    Attributes:
        person: ``slack:T0/U1``, ``rest:NAME``, or a user's id alone.
    """

    kinds: frozenset[Erasable] = EVERYTHING
    before: datetime | None = None
    person: str | None = None

    def note(self, at: datetime, actor: Actor, more: Facts | None = None) -> Note:
        """Tell that it was done."""
        detail: dict[str, str | int | None] = {"erased": ", ".join(sorted(self.kinds))}
        if self.before is not None:
            detail["before"] = self.before.astimezone(UTC).isoformat()
        if self.person is not None:
            detail["person"] = self.person
        said = {key: value for key, value in (more or {}).items() if value is not None}
        return Note(at, actor, ERASED, detail={**detail, **said})


def seal_note(seal: Seal, at: datetime, actor: Actor) -> Note:
    """Tell up to where entries are removed."""
    return Note(at, actor, SEALED, detail={"up_to": seal.up_to, "hash": seal.hash})


def is_meant(person: str, actor: str) -> bool:
    """Whether a person is this actor, as the record writes it; a user's id is enough."""
    return actor == person or (":" not in person and actor.startswith("slack:") and actor.endswith(f"/{person}"))


def whole_months(before: datetime) -> datetime:
    """Give the beginning of a moment's month: what is older lies in months that are over and done with."""
    return before.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def without(mapping: Mapping, kinds: frozenset[Erasable]) -> Mapping:
    """Leave out of a mapping what can be erased."""
    if Erasable.WORDS in kinds:
        ending = mapping.ending
        told = ending and (replace(ending, detail="") if not isinstance(ending.by, System) else ending)
        mapping = replace(mapping, reason="", ending=told)
    if Erasable.ADDRESSES in kinds:
        mapping = _without_addresses(mapping)
    return mapping


def _without_addresses(mapping: Mapping) -> Mapping:
    who, traffic, ending = mapping.requester, mapping.traffic, mapping.ending
    if ending is not None and _is_nameless(ending.by):
        ending = replace(ending, by=SOME_ADDRESS)
    amendment = mapping.amendment
    return replace(
        mapping,
        requester=SOME_ADDRESS if _is_nameless(who) else who,
        sources=_networks(mapping.sources),
        amendment=replace(amendment, sources=_networks(amendment.sources)) if amendment else None,
        baseline=None,
        refusals_told=(),
        traffic=replace(traffic, callers=()) if traffic else None,
        ending=ending,
    )


def _networks(sources: Sources) -> Sources:
    """Leave out single hosts."""
    return Sources(tuple(n for n in sources.networks if n.prefixlen < n.max_prefixlen))


def _is_nameless(actor: Actor) -> bool:
    return isinstance(actor, Client) and is_address(actor.name)
