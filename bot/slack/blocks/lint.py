"""What Slack would refuse in a message, or show badly, found before it is sent.

The limits are Slack's (https://docs.slack.dev/reference/block-kit), for the few kinds of block that are used here. Any
other kind is a finding, so that whoever uses it adds its limits.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from bot.slack.blocks.message import Message

Findings: TypeAlias = Iterator[str]

TEXT: Final = 4_000
"""``chat.update`` refuses more."""
BLOCKS: Final = 50
SECTION: Final = 3_000
FIELDS: Final = 10
FIELD: Final = 2_000
HEADER: Final = 150
CONTEXT: Final = 10
ACTIONS: Final = 25
BUTTON: Final = 75
VALUE: Final = 2_000
IDENTIFIER: Final = 255
_STYLES: Final = frozenset({"primary", "danger", None})


def lint(message: Message) -> list[str]:
    """List everything that is wrong with a message; empty where it is as it should be."""
    return list(_message(message))


def _message(message: Message) -> Findings:
    yield from _string(message.text, "text", TEXT)
    if not message.blocks:
        yield "blocks: none"
    if len(message.blocks) > BLOCKS:
        yield f"blocks: {len(message.blocks)}, over {BLOCKS}"
    for number, block in enumerate(message.blocks):
        kind = str(block.get("type"))
        check = _KINDS.get(kind)
        yield from check(block, f"blocks/{number}") if check else [f"blocks/{number}: unknown type {kind}"]
    yield from _twice("block_id", message.blocks)
    yield from _twice("action_id", _all_buttons(message))


def _twice(name: str, holders: Iterable[Mapping[str, object]]) -> Findings:
    counted = Counter(holder[name] for holder in holders if name in holder)
    yield from (f"{name}: {word} stands there {times} times" for word, times in counted.items() if times > 1)


def _all_buttons(message: Message) -> Iterator[Mapping[str, object]]:
    for block in message.blocks:
        yield from (element for element in _list(block, "elements") if element.get("type") == "button")
        accessory = block.get("accessory")
        if isinstance(accessory, dict):
            yield accessory


# -- blocks -----------------------------------------------------------------------------------------------------------


def _section(block: Mapping[str, object], at: str) -> Findings:
    if "text" not in block and "fields" not in block:
        yield f"{at}: neither text nor fields"
    if "text" in block:
        yield from _text(block["text"], f"{at}/text", SECTION)
    if "fields" in block:
        yield from _several(block, "fields", at, FIELDS)
        for number, field in enumerate(_list(block, "fields")):
            yield from _text(field, f"{at}/fields/{number}", FIELD)
    if "accessory" in block:
        yield from _button(block["accessory"], f"{at}/accessory")


def _header(block: Mapping[str, object], at: str) -> Findings:
    yield from _text(block.get("text"), f"{at}/text", HEADER, plain=True)


def _context(block: Mapping[str, object], at: str) -> Findings:
    yield from _several(block, "elements", at, CONTEXT)
    for number, element in enumerate(_list(block, "elements")):
        yield from _text(element, f"{at}/elements/{number}", FIELD)


def _actions(block: Mapping[str, object], at: str) -> Findings:
    yield from _several(block, "elements", at, ACTIONS)
    for number, element in enumerate(_list(block, "elements")):
        yield from _button(element, f"{at}/elements/{number}")


def _divider(_: Mapping[str, object], __: str) -> Findings:
    yield from ()


_DIALOG: Final = {"title": 100, "text": 300, "confirm": 30, "deny": 30}

_KINDS: Final[Mapping[str, Callable[[Mapping[str, object], str], Findings]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
}


# -- what they are made of --------------------------------------------------------------------------------------------


def _button(value: object, at: str) -> Findings:
    if not isinstance(value, dict) or value.get("type") != "button":
        yield f"{at}: not a button"
        return
    yield from _text(value.get("text"), f"{at}/text", BUTTON, plain=True)
    yield from _string(value.get("action_id"), f"{at}/action_id", IDENTIFIER)
    yield from _string(value.get("value"), f"{at}/value", VALUE)
    if "confirm" in value:
        yield from _dialog(value["confirm"], f"{at}/confirm")
    if value.get("style") not in _STYLES:
        yield f"{at}/style: {value.get('style')} is none"


def _dialog(value: object, at: str) -> Findings:
    if not isinstance(value, dict):
        yield f"{at}: no dialog"
        return
    for name, most in _DIALOG.items():
        yield from _text(value.get(name), f"{at}/{name}", most, plain=True)


def _text(value: object, at: str, most: int, *, plain: bool = False) -> Findings:
    if not isinstance(value, dict):
        yield f"{at}: no text object"
        return
    kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if value.get("type") not in kinds:
        yield f"{at}/type: {value.get('type')} is not one of {', '.join(sorted(kinds))}"
    yield from _string(value.get("text"), f"{at}/text", most)


def _string(value: object, at: str, most: int) -> Findings:
    if not isinstance(value, str) or not value.strip():
        yield f"{at}: empty"
    elif len(value) > most:
        yield f"{at}: {len(value)} characters, over {most}"


def _several(block: Mapping[str, object], name: str, at: str, most: int) -> Findings:
    number = len(_list(block, name))
    if not 1 <= number <= most:
        yield f"{at}/{name}: {number}, not 1 to {most}"


def _list(block: Mapping[str, object], name: str) -> list[dict[str, object]]:
    value = block.get(name)
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []
