"""From the file's text to the policy, or to its first mistake."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.adapters.policy_file.entries import (
    ApproverSetEntry,
    PolicyEntry,
    PrincipalsEntry,
    RequestersEntry,
    RuleEntry,
    TicketEntry,
)
from core.adapters.policy_file.errors import BadPolicy
from core.domain.policy import Policy
from core.marked_yaml import BadYaml, Document, Place, Spot, read_yaml
from core.strict_model import Misfit, Strict, cause_of, place_of

_WORDS: Final = {
    "missing": "it is missing",
    "list_type": "a list belongs here",
    "model_type": "keys belong here, each with its value",
    "too_short": "it is empty",
    "bool_parsing": "it is neither true nor false",
    "int_parsing": "it is not a number",
}
_EXAMPLE: Final = "rules: [{namespaces: [payments]}]"


def load_policy(path: Path) -> Policy:
    """Read a policy.

    Raises:
        BadPolicy: names line and column, and shows what is right.
    """
    try:
        return parse_policy(path.read_text(encoding="utf-8"), path)
    except OSError as exc:
        raise BadPolicy(path, None, f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise BadPolicy(path, None, "is not UTF-8 text") from exc


def parse_policy(text: str, path: Path) -> Policy:
    """Read a policy's text; ``path`` is for errors.

    Raises:
        BadPolicy: names line and column, and shows what is right.
    """
    try:
        document = read_yaml(text)
    except BadYaml as exc:
        raise BadPolicy(path, exc.spot, exc.problem) from exc
    if document.value is None:  # as it is for a moment while somebody writes it
        raise BadPolicy(path, None, "says nothing", example=_EXAMPLE)
    try:
        return PolicyEntry.model_validate(document.value).policy()
    except ValidationError as exc:
        raise _first_mistake(exc.errors(), document, path) from exc


def _first_mistake(errors: Sequence[ErrorDetails], document: Document, path: Path) -> BadPolicy:
    spotted = [(document.spot(place_of(error)) or Spot(1, 1), error) for error in errors]
    spot, error = min(spotted, key=lambda pair: pair[0])
    more = f" ({len(errors) - 1} more further down)" if len(errors) > 1 else ""
    return BadPolicy(path, spot, _problem(error) + more, example=_example(error))


def _problem(error: ErrorDetails) -> str:
    place, cause = place_of(error), cause_of(error)
    key = next((step for step in reversed(place) if isinstance(step, str)), "the file")
    if error["type"] == "extra_forbidden":
        near = _near(place)
        return f"there is no key {key!r} here" + (f"; did you mean {near}?" if near else "")
    return f"{key}: {cause or _WORDS.get(error['type']) or error['msg'].removeprefix('Input ')}"


def _near(place: Place) -> str:
    """Name the key that was meant by one that is not known; "" where none looks like it."""
    return next(iter(get_close_matches(str(place[-1]), _model(place[:-1]).model_fields, n=1)), "")


def _example(error: ErrorDetails) -> str:
    """Show the innermost known key of a place with a value that is right."""
    place, cause = place_of(error), cause_of(error)
    if isinstance(cause, Misfit) and cause.example:
        return cause.example
    if error["type"] == "extra_forbidden" and _near(place):
        place = (*place[:-1], _near(place))
    for end in range(len(place), 0, -1):
        field = _model(place[: end - 1]).model_fields.get(str(place[end - 1]))
        if field is not None and field.examples:
            return _flow({str(place[end - 1]): field.examples[0]})
    return _EXAMPLE


def _flow(pair: dict[str, Any]) -> str:
    return yaml.safe_dump(pair, default_flow_style=True, width=200).strip()[1:-1]


def _model(place: Place) -> type[Strict]:
    """Find what may stand at a place: the file, a rule, or people."""
    if not place:
        return PolicyEntry
    if isinstance(place[-1], int):
        return ApproverSetEntry if "approver_sets" in place else RuleEntry
    if place[-1] == "ticket":
        return TicketEntry
    return RequestersEntry if place[-1] == "requesters" else PrincipalsEntry
