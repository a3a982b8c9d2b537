"""What a check yields, and the checks that all others are made of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.workspace.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Slack refuses, and where it stands.

    Attributes:
        text: in Slack's words.
        pointer: a JSON pointer into the arguments, `/blocks/0/text`.
    """

    text: str
    pointer: str

    def __str__(self) -> str:
        return f"[ERROR] {self.text} [json-pointer:{self.pointer}]"


Problems: TypeAlias = Iterator[Problem]


def fields(value: JsonObject, at: str, *, required: Collection[str] = (), optional: Collection[str] = ()) -> Problems:
    """Fields that are missing, and fields that Slack does not know."""
    for name in required:
        if value.get(name) is None:
            yield Problem(f"missing required field: {name}", at)
    for name in sorted(set(value) - set(required) - set(optional) - {"type"}):
        yield Problem(f"invalid additional property: {name}", at)


def string(value: Any, at: str, *, limit: int, least: int = 1) -> Problems:
    """A string with a number of characters between two bounds."""
    if not isinstance(value, str):
        yield Problem("must be a string", at)
    elif len(value) < least:
        yield Problem(f"must be more than {least - 1} characters", at)
    elif len(value) > limit:
        yield Problem(f"must be less than {limit + 1} characters", at)


def optional_string(owner: JsonObject, name: str, at: str, *, limit: int, least: int = 1) -> Problems:
    """The same, where the field may be left out."""
    if owner.get(name) is not None:
        yield from string(owner[name], f"{at}/{name}", limit=limit, least=least)


def items(value: Any, at: str, *, most: int, least: int = 1) -> Problems:
    """A list with a number of items between two bounds."""
    if not isinstance(value, list):
        yield Problem("must be an array", at)
    elif len(value) < least:
        yield Problem(f"no less than {least} items allowed", at)
    elif len(value) > most:
        yield Problem(f"no more than {most} items allowed", at)


def one_of(value: Any, at: str, allowed: Collection[str]) -> Problems:
    """One of a few words."""
    if not isinstance(value, str) or value not in allowed:
        yield Problem(f"must be one of: {', '.join(sorted(allowed))}", at)


def each(value: Any, at: str) -> Iterator[tuple[JsonObject, str]]:
    """The objects in a list, with their pointers; what is no object is left to `all_objects`."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield item, f"{at}/{index}"


def all_objects(value: Any, at: str) -> Problems:
    """Nothing but objects in a list."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(item, dict):
            yield Problem("must provide an object", f"{at}/{index}")
