"""From the file's text to the tokens, or to its first mistake."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.api.tokens.entries import TokenEntry
from bot.api.tokens.errors import BadTokens
from bot.api.tokens.token import Tokens
from core.marked_yaml import BadYaml, Document, Spot, read_yaml
from core.strict_model import cause_of, place_of

_ENTRIES: Final = TypeAdapter(list[TokenEntry])
_EXAMPLE: Final = "- {name: ci, token: ..., scopes: [read, request]}"
_LONGEST_KEY: Final = 12
_QUOTED: Final = re.compile(rf"'.{{{_LONGEST_KEY},}}'")
"""A token that YAML takes for something else, such as an alias, which it then quotes."""
_WORDS: Final = {
    "missing": "it is missing",
    "list_type": "a list belongs here",
    "model_type": "keys belong here, each with its value",
    "too_short": "it is empty",
    "string_type": "one value belongs here",
}


def load_tokens(path: Path) -> Tokens:
    """Read a file of tokens.

    Raises:
        BadTokens: names line and column, and shows what is right.
    """
    try:
        return parse_tokens(path.read_text(encoding="utf-8"), path)
    except OSError as exc:
        raise BadTokens(path, None, f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError:
        raise BadTokens(path, None, "is not UTF-8 text") from None  # the error holds what it could not read


def parse_tokens(text: str, path: Path) -> Tokens:
    """Read a text; ``path`` is for errors.

    Raises:
        BadTokens: names line and column, and shows what is right.
    """
    try:
        document = read_yaml(text)
    except BadYaml as exc:
        problem = _QUOTED.sub("what stands here", exc.problem)
        raise BadTokens(path, exc.spot, problem) from None  # its text may hold secrets
    if document.value is None:  # as it is for a moment while somebody writes it
        raise BadTokens(path, None, "says nothing; write [] where nobody has one", example=_EXAMPLE)
    try:
        entries = _ENTRIES.validate_python(document.value)
    except ValidationError as exc:
        raise _first_mistake(exc.errors(), document, path) from None  # as above
    _refuse_twins(entries, document, path)
    return Tokens(tuple(entry.made() for entry in entries))


def _refuse_twins(entries: Sequence[TokenEntry], document: Document, path: Path) -> None:
    names, digests = dict[str, str](), dict[bytes, str]()
    for index, entry in enumerate(entries):
        if entry.name.lower() in names:
            raise BadTokens(path, document.spot((index, "name")), f"the name {entry.name} is there twice")
        owner = digests.get(entry.made().digest)
        if owner is not None:
            key = "token" if entry.token else "sha256"
            raise BadTokens(path, document.spot((index, key)), f"{entry.name} has the token of {owner}")
        names[entry.name.lower()] = digests[entry.made().digest] = entry.name


def _first_mistake(errors: Sequence[ErrorDetails], document: Document, path: Path) -> BadTokens:
    spotted = [(document.spot(place_of(error)) or Spot(1, 1), error) for error in errors]
    # One key that is misspelled makes two mistakes, and it is the one that helps.
    spot, error = min(spotted, key=lambda pair: (pair[1]["type"] != "extra_forbidden", pair[0]))
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return BadTokens(path, spot, _problem(error) + more, example=_example(error))


def _problem(error: ErrorDetails) -> str:
    key = _key(error)
    if error["type"] == "extra_forbidden":
        near = get_close_matches(key, TokenEntry.model_fields, n=1)
        named = repr(key) if len(key) <= _LONGEST_KEY else "of that name"  # a longer one may be a token, misplaced
        return f"there is no key {named} here" + (f"; did you mean {near[0]}?" if near else "")
    words = cause_of(error) or _WORDS.get(error["type"]) or error["msg"].removeprefix("Input ")
    return f"{key}: {words}" if key else str(words)


def _key(error: ErrorDetails) -> str:
    return next((step for step in reversed(place_of(error)) if isinstance(step, str)), "")


def _example(error: ErrorDetails) -> str:
    field = TokenEntry.model_fields.get(_key(error))
    examples: list[Any] = (field.examples or []) if field else []
    if not examples:
        return _EXAMPLE
    value = f"[{', '.join(examples[0])}]" if isinstance(examples[0], list) else examples[0]
    return f"{_key(error)}: {value}"
