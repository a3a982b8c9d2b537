"""Composition objects: texts, options, confirm dialogs.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

from typing import Any, Final

from bot.workspace.validation.problems import (
    Problem,
    Problems,
    all_objects,
    each,
    fields,
    items,
    one_of,
    optional_string,
    string,
)
from bot.workspace.wire import JsonObject

OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
OPTION_URL: Final = 3000
OPTIONS: Final = 100
GROUP_LABEL: Final = 75
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30

_TEXT_FIELDS: Final = {"plain_text": ("emoji",), "mrkdwn": ("verbatim",)}


def text_object(value: Any, at: str, *, limit: int, plain: bool = False) -> Problems:
    """A text object of at most `limit` characters; `plain` where mrkdwn is not allowed."""
    if not isinstance(value, dict):
        yield Problem("must provide an object", at)
        return
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _TEXT_FIELDS or (plain and kind != "plain_text"):
        yield from one_of(kind, f"{at}/type", {"plain_text"} if plain else set(_TEXT_FIELDS))
        return
    yield from fields(value, at, optional=("text", *_TEXT_FIELDS[kind]))
    yield from string(value.get("text"), f"{at}/text", limit=limit)


def required_text(owner: JsonObject, name: str, at: str, *, limit: int, plain: bool = False) -> Problems:
    """A text object in a field, where its absence is told elsewhere (by `fields`)."""
    if owner.get(name) is not None:
        yield from text_object(owner[name], f"{at}/{name}", limit=limit, plain=plain)


def confirm_dialog(owner: JsonObject, at: str) -> Problems:
    """The `confirm` of an element."""
    value, at = owner.get("confirm"), f"{at}/confirm"
    if value is None:
        return
    if not isinstance(value, dict):
        yield Problem("must provide an object", at)
        return
    yield from fields(value, at, required=("title", "text", "confirm", "deny"), optional=("style",))
    yield from required_text(value, "title", at, limit=CONFIRM_TITLE, plain=True)
    yield from required_text(value, "text", at, limit=CONFIRM_TEXT)
    yield from required_text(value, "confirm", at, limit=CONFIRM_BUTTON, plain=True)
    yield from required_text(value, "deny", at, limit=CONFIRM_BUTTON, plain=True)
    if "style" in value:
        yield from one_of(value["style"], f"{at}/style", {"primary", "danger"})


def option(value: JsonObject, at: str, *, plain: bool = True, url: bool = False) -> Problems:
    """One option of a menu."""
    yield from fields(value, at, required=("text", "value"), optional=("description", *(("url",) if url else ())))
    yield from required_text(value, "text", at, limit=OPTION_TEXT, plain=plain)
    yield from required_text(value, "description", at, limit=OPTION_TEXT, plain=plain)
    yield from optional_string(value, "value", at, limit=OPTION_VALUE)
    yield from optional_string(value, "url", at, limit=OPTION_URL)


def options(
    value: Any, at: str, *, most: int = OPTIONS, least: int = 1, plain: bool = True, url: bool = False
) -> Problems:
    """A list of options."""
    yield from items(value, at, most=most, least=least)
    yield from all_objects(value, at)
    for item, where in each(value, at):
        yield from option(item, where, plain=plain, url=url)


def option_groups(value: Any, at: str, *, least: int = 1) -> Problems:
    """A list of labelled lists of options."""
    yield from items(value, at, most=OPTIONS, least=least)
    yield from all_objects(value, at)
    for group, where in each(value, at):
        yield from fields(group, where, required=("label", "options"))
        yield from required_text(group, "label", where, limit=GROUP_LABEL, plain=True)
        yield from options(group.get("options"), f"{where}/options")
