"""What ``audit`` takes: one verb below it for each thing that can be done with the record."""

import argparse
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from bot.commands.service import DATABASE_FIELDS
from bot.settings import add_flags
from core.domain.errors import BadInput
from core.domain.mapping import MappingId, Reference

_PERSON: Final = re.compile(r"[UW][A-Z0-9]+|slack:[!-.0-~]+/[!-~]+|rest:[!-~]+|system:[a-z]+")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
SHOWN: Final = 100


def _audit(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "pod-proxier audit VERB --help tells more."
    below = parser.add_subparsers(metavar="VERB", dest="what", required=True)
    for name, (what, add) in _VERBS.items():
        one = below.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        add(one)
        add_flags(one, DATABASE_FIELDS)


def _list(parser: argparse.ArgumentParser) -> None:
    _add_filters(parser)
    parser.add_argument("--limit", metavar="N", type=_count, default=SHOWN, help=f"the newest N (default: {SHOWN})")
    parser.add_argument(
        "--output", choices=("table", "csv", "jsonl"), default="table", help="table for people (default), csv, jsonl"
    )


def _export(parser: argparse.ArgumentParser) -> None:
    _add_filters(parser)
    parser.set_defaults(limit=None)
    parser.add_argument(
        "--output", choices=("jsonl", "csv"), default="jsonl", help="one JSON object a line (default), or csv"
    )


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit 0: nothing was changed, removed, put in or moved. Exit 1: something was; each is printed."
    parser.add_argument(
        "--head", metavar="HASH", type=_hash, help="and this hash, posted or kept elsewhere, has to be in it"
    )


def _erase(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Erases what stands beside the entries and in mappings that are over: reasons, other words, addresses. Who did"
        " what stays, by ids; so does the chain. It cannot be undone, and an entry tells of it."
    )
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--person", metavar="WHO", type=_person, help="of one: U024BE7LH, slack:T0/U1 or rest:NAME")
    whose.add_argument("--before", metavar="DATE", type=_moment, help="of all, older than this: 2026-11-25, in UTC")
    parser.add_argument(
        "--only", choices=("words", "addresses"), metavar="words|addresses", help="only the one, or the other"
    )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which entries")
    group.add_argument(
        "--person", metavar="WHO", type=_person, help="by one, or about theirs: U024BE7LH, slack:T0/U1 or rest:NAME"
    )
    group.add_argument("--namespace", metavar="NAME", help="about targets in it")
    group.add_argument("--event", metavar="NAME", help="of this name: grant, opened, refused:approve, refused:*")
    group.add_argument("--mapping", metavar="ID", type=_mapping, help="of one mapping: m42")
    group.add_argument(
        "--since", metavar="DATE", type=_moment, help="from then on: 2026-11-25, 2026-11-25T14:00, in UTC"
    )
    group.add_argument("--until", metavar="DATE", type=_moment, help="up to then")


def _person(text: str) -> str:
    return _fitting(_PERSON, text, "nobody's id", "--person U024BE7LH")


def _hash(text: str) -> str:
    return _fitting(_HASH, text, "no hash", "--head followed by its 64 digits")


def _fitting(pattern: re.Pattern[str], text: str, problem: str, example: str) -> str:
    if not pattern.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is {problem}; for example {example}")
    return text


def _mapping(text: str) -> MappingId:
    try:
        found = Reference.parse(text if text[:1] in {"m", "#"} else f"m{text}").mapping_id
    except BadInput as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a mapping; for example m42") from exc
    return found or MappingId(0)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; for example 2026-11-25, or 2026-11-25T14:00") from exc
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on; for example --limit 20")
    return int(text)


_VERBS: Final[Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "list": ("show the newest entries", _list),
    "export": ("write all entries, the oldest first", _export),
    "verify": ("look whether the record is as it was written", _verify),
    "erase": ("erase words and addresses of one person, or older ones", _erase),
}

FLAGS: Final[Mapping[str, Callable[[argparse.ArgumentParser], None]]] = {"audit": _audit}
