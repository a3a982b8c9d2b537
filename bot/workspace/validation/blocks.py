"""Layout blocks.

https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

from bot.workspace.validation import elements, objects
from bot.workspace.validation.problems import (
    Problem,
    Problems,
    all_objects,
    each,
    fields,
    items,
    one_of,
    optional_string,
)
from bot.workspace.wire import JsonObject

SECTION_TEXT: Final = 3000
SECTION_FIELDS: Final = 10
SECTION_FIELD: Final = 2000
CONTEXT_TEXT: Final = 3000
HEADER_TEXT: Final = 150
CONTEXT_ELEMENTS: Final = 10
ACTIONS_ELEMENTS: Final = 25
LABEL: Final = 2000
IMAGE_TITLE: Final = 2000
MARKDOWN_TEXT: Final = 12_000
ALERT_TEXT: Final = 200


class Surface(StrEnum):
    """Where blocks stand."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


Check: TypeAlias = Callable[[JsonObject, str], Problems]


def section(value: JsonObject, at: str) -> Problems:
    """Text, or up to ten fields, with one element beside them."""
    yield from fields(value, at, optional=("text", "fields", "accessory", "block_id", "expand"))
    if value.get("text") is None and value.get("fields") is None:
        yield Problem("must define either `text` or `fields`", at)
    yield from objects.required_text(value, "text", at, limit=SECTION_TEXT)
    if value.get("fields") is not None:
        yield from items(value["fields"], f"{at}/fields", most=SECTION_FIELDS)
        for field, where in _indexed(value["fields"], f"{at}/fields"):
            yield from objects.text_object(field, where, limit=SECTION_FIELD)
    if value.get("accessory") is not None:
        yield from elements.element(value["accessory"], f"{at}/accessory", elements.IN_SECTION)


def divider(value: JsonObject, at: str) -> Problems:
    """A line."""
    yield from fields(value, at, optional=("block_id",))


def header(value: JsonObject, at: str) -> Problems:
    """Large plain text, up to 150 characters."""
    yield from fields(value, at, required=("text",), optional=("block_id", "level"))
    yield from objects.required_text(value, "text", at, limit=HEADER_TEXT, plain=True)


def actions(value: JsonObject, at: str) -> Problems:
    """One to 25 elements to act with."""
    yield from fields(value, at, required=("elements",), optional=("block_id",))
    if value.get("elements") is not None:
        yield from items(value["elements"], f"{at}/elements", most=ACTIONS_ELEMENTS)
        for element, where in _indexed(value["elements"], f"{at}/elements"):
            yield from elements.element(element, where, elements.IN_ACTIONS)


def context(value: JsonObject, at: str) -> Problems:
    """One to ten small texts and images."""
    yield from fields(value, at, required=("elements",), optional=("block_id",))
    if value.get("elements") is None:
        return
    yield from items(value["elements"], f"{at}/elements", most=CONTEXT_ELEMENTS)
    yield from all_objects(value["elements"], f"{at}/elements")
    for element, where in each(value["elements"], f"{at}/elements"):
        if element.get("type") == "image":
            yield from elements.image(element, where)
        else:
            yield from objects.text_object(element, where, limit=CONTEXT_TEXT)


def image(value: JsonObject, at: str) -> Problems:
    """A picture."""
    yield from fields(value, at, required=("alt_text",), optional=("image_url", "slack_file", "title", "block_id"))
    yield from optional_string(value, "alt_text", at, limit=elements.ALT_TEXT)
    yield from objects.required_text(value, "title", at, limit=IMAGE_TITLE, plain=True)


def input_block(value: JsonObject, at: str) -> Problems:
    """A labelled element to fill in."""
    yield from fields(
        value, at, required=("label", "element"), optional=("hint", "optional", "dispatch_action", "block_id")
    )
    yield from objects.required_text(value, "label", at, limit=LABEL, plain=True)
    yield from objects.required_text(value, "hint", at, limit=LABEL, plain=True)
    if value.get("element") is not None:
        yield from elements.element(value["element"], f"{at}/element", elements.IN_INPUT)


def rich_text(value: JsonObject, at: str) -> Problems:
    """Formatted text; its inside is taken as it comes."""
    yield from fields(value, at, required=("elements",), optional=("block_id",))
    yield from all_objects(value.get("elements"), f"{at}/elements")


def markdown(value: JsonObject, at: str) -> Problems:
    """Standard Markdown, in messages only."""
    yield from fields(value, at, required=("text",), optional=("block_id",))
    yield from optional_string(value, "text", at, limit=MARKDOWN_TEXT)


def alert(value: JsonObject, at: str) -> Problems:
    """A coloured notice, in modals only."""
    yield from fields(value, at, required=("text",), optional=("level", "block_id"))
    yield from objects.required_text(value, "text", at, limit=ALERT_TEXT)
    if "level" in value:
        yield from one_of(value["level"], f"{at}/level", {"default", "info", "warning", "error", "success"})


_EVERYWHERE: Final[Mapping[str, Check]] = {
    "section": section,
    "divider": divider,
    "header": header,
    "actions": actions,
    "context": context,
    "image": image,
    "input": input_block,
    "rich_text": rich_text,
}
BLOCKS: Final[Mapping[Surface, Mapping[str, Check]]] = {
    Surface.MESSAGE: {**_EVERYWHERE, "markdown": markdown},
    Surface.MODAL: {**_EVERYWHERE, "alert": alert},
    Surface.HOME: _EVERYWHERE,
}


def block(value: Any, at: str, surface: Surface) -> Problems:
    """One block of whatever kind; kinds unknown to that surface are refused."""
    if not isinstance(value, dict):
        yield Problem("must provide an object", at)
        return
    check = BLOCKS[surface].get(str(value.get("type")))
    if check is None:
        yield Problem(f"unsupported type: {value.get('type')}", f"{at}/type")
        return
    yield from check(value, at)
    yield from optional_string(value, "block_id", at, limit=elements.IDENTIFIER)


def elements_of(value: JsonObject) -> list[JsonObject]:
    """The elements a person can act on or fill in, in reading order."""
    several = value.get("elements")
    found = [value.get("accessory"), value.get("element"), *(several if isinstance(several, list) else ())]
    return [item for item in found if isinstance(item, dict) and str(item.get("type")) in elements.ELEMENTS]


def _indexed(value: Any, at: str) -> Iterator[tuple[Any, str]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield item, f"{at}/{index}"
