"""Messages written so that a person can read and compare them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bot.slack.blocks.message import Message

FOLDER: Final = Path(__file__).parent / "slack"


def page(group: Mapping[str, Message]) -> str:
    """Write a group: of each message the name, the blocks, and the text where it says more or less than they do."""
    return "\n".join(line for name, message in group.items() for line in _message(name, message))


def _message(name: str, message: Message) -> Iterator[str]:
    yield f"=== {name}"
    for block in message.blocks:
        yield from _block(dict(block))
    if message.text != as_read(message):
        yield "[text]"
        yield message.text
    yield ""


def as_read(message: Message) -> str:
    """Write what stands in the blocks, as somebody would read it out."""
    return "\n".join(line for block in message.blocks for line in _read(dict(block)))


def _read(block: dict[str, Any]) -> list[str]:
    match block["type"]:
        case "section":
            return [str(block["text"]["text"])]
        case "context":
            return [str(element["text"]) for element in block["elements"]]
        case _:
            labels = [str(element["text"]["text"]) for element in block["elements"]]
            *head, last = labels
            return [f"Buttons: {', '.join(head)} and {last}" if head else f"Buttons: {last}"]


def _block(block: dict[str, Any]) -> Iterator[str]:
    if block["type"] == "actions":
        yield "  ".join(_button(element) for element in block["elements"])
        return
    small = "  " if block["type"] == "context" else ""
    yield from (f"{small}{line}" for line in "\n".join(_read(block)).splitlines())


def _button(element: dict[str, Any]) -> str:
    style = f" {element['style']}" if "style" in element else ""
    asked = element.get("confirm")
    dialog = (
        f" asks: {' | '.join(asked[name]['text'] for name in ('title', 'text', 'confirm', 'deny'))}" if asked else ""
    )
    return f"[ {element['text']['text']} ]({element['action_id']} {element['value']}{style}{dialog})"
