"""Blocks as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bot.workspace.rendering.mrkdwn import readable

if TYPE_CHECKING:
    from bot.workspace.rendering.mrkdwn import Reader
    from bot.workspace.wire import JsonObject

Lines: TypeAlias = Iterator[str]
_LINE: Final = "-" * 40


def block_lines(block: JsonObject, reader: Reader) -> Lines:
    """What a person sees of one block."""
    draw = _BLOCKS.get(block["type"])
    if draw is None:
        yield f"({block['type']})"
    else:
        yield from draw(block, reader)


def text(value: Any, reader: Reader) -> str:
    """A text object; plain text is taken literally."""
    if not isinstance(value, dict):
        return ""
    words = str(value.get("text", ""))
    return readable(words, reader) if value.get("type") == "mrkdwn" else words


def element(value: JsonObject, reader: Reader) -> str:
    """A button as `[ Approve ]`, a menu with its options, an input with what is in it."""
    match value["type"]:
        case "button":
            return f"[ {text(value['text'], reader)} ]"
        case "overflow":
            return f"[ ... {' | '.join(_options(value, reader))} ]"
        case "image":
            return f"(image: {value['alt_text']})"
        case "mrkdwn" | "plain_text":
            return text(value, reader)
        case kind if kind.endswith("_input"):
            return f"[ {value.get('initial_value') or text(value.get('placeholder'), reader) or '...'} ]"
        case _:
            options = " | ".join(_options(value, reader))
            return f"[ {' : '.join(filter(None, [text(value.get('placeholder'), reader), options]))} v ]"


def _options(value: JsonObject, reader: Reader) -> list[str]:
    groups = value.get("option_groups") or [{"options": value.get("options") or []}]
    return [text(option["text"], reader) for group in groups for option in group["options"]]


def _section(block: JsonObject, reader: Reader) -> Lines:
    if block.get("text"):
        yield text(block["text"], reader)
    for field in block.get("fields") or ():
        yield "  " + _field(text(field, reader))
    if block.get("accessory"):
        yield element(block["accessory"], reader)


def _field(shown: str) -> str:
    """A name over a value, in one line."""
    name, _, value = shown.partition("\n")
    return f"{name.rstrip(': ')}: {' '.join(value.split())}" if value else shown


def _header(block: JsonObject, reader: Reader) -> Lines:
    yield f"== {text(block['text'], reader)} =="


def _divider(_: JsonObject, __: Reader) -> Lines:
    yield _LINE


def _actions(block: JsonObject, reader: Reader) -> Lines:
    yield "  ".join(element(item, reader) for item in block["elements"])


def _context(block: JsonObject, reader: Reader) -> Lines:
    yield "  " + " · ".join(element(item, reader) for item in block["elements"])


def _image(block: JsonObject, _: Reader) -> Lines:
    yield f"(image: {block['alt_text']})"


def _input(block: JsonObject, reader: Reader) -> Lines:
    optional = " (optional)" if block.get("optional") else ""
    yield f"{text(block['label'], reader)}{optional}: {element(block['element'], reader)}"
    if block.get("hint"):
        yield "  " + text(block["hint"], reader)


def _literal(block: JsonObject, reader: Reader) -> Lines:
    value = block["text"]
    yield value if isinstance(value, str) else text(value, reader)


def _rich_text(block: JsonObject, reader: Reader) -> Lines:
    for part in block["elements"]:
        yield "".join(_rich(item, reader) for item in part.get("elements") or ())


def _rich(item: JsonObject, reader: Reader) -> str:
    if "elements" in item:
        return "".join(_rich(inner, reader) for inner in item["elements"])
    if item.get("type") == "user":
        return readable(f"<@{item['user_id']}>", reader)
    return str(item.get("text") or item.get("url") or "")


_BLOCKS: Final[Mapping[str, Callable[[JsonObject, Reader], Lines]]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "actions": _actions,
    "context": _context,
    "image": _image,
    "input": _input,
    "markdown": _literal,
    "alert": _literal,
    "rich_text": _rich_text,
}
