"""From what came over the wire to the domain's values."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

from bot.api.v2.models import CreateMapping
from core.domain.errors import BadInput, NoSuchMapping
from core.domain.mapping import MappingId
from core.domain.people import Client, Person, Requester, parse_actor
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import Kind, Target
from core.domain.ttl import parse_ttl

_ID: Final = re.compile("m?0*([1-9][0-9]{0,17})")


def read_ask(body: CreateMapping) -> Ask:
    """Read what is asked for.

    Raises:
        BadInput: a part of it cannot be read; shows one that can.
    """
    return Ask(
        Target.parse(Kind.POD, body.target),
        parse_ttl(body.ttl) if body.ttl is not None else None,
        Sources.parse(",".join(body.sources)) if body.sources else None,
        " ".join("".join(letter if letter.isprintable() else " " for letter in body.reason).split()),
    )


def read_id(text: str) -> MappingId:
    """Read ``m42`` or ``42``.

    Raises:
        NoSuchMapping: no mapping can have that id.
    """
    found = _ID.fullmatch(text)
    if found is None:
        raise NoSuchMapping(repr(text[:40]))
    return MappingId(int(found[1]))


def refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    """Refuse a parameter that nobody reads: a filter that was misspelled would list everything.

    Raises:
        BadInput: names it, and the one that was meant.
    """
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1) or sorted(known)[:1]
            raise BadInput(name[:40], f"there is no parameter {name[:40]!r}", example=f"{near[0]}=...")


def read_cursor(text: str) -> MappingId:
    """Read where a page ended.

    Raises:
        BadInput: no page ended there.
    """
    try:
        return read_id(text)
    except NoSuchMapping as exc:
        raise BadInput(text, f"{text[:40]!r} is not what a page had for next", example="m41") from exc


def read_requester(text: str) -> Requester:
    """Read ``slack:TEAM/USER`` or ``rest:NAME``.

    Raises:
        BadInput: neither.
    """
    try:
        found = parse_actor(text)
    except ValueError:
        found = None
    if not isinstance(found, Person | Client):
        raise BadInput(text, f"{text!r} names nobody who asks", example="slack:T024BE7LD/U024BE7LH or rest:ci")
    return found
