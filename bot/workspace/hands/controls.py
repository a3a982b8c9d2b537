"""Finding what to click and to fill in, and the values that come of it.

The shapes are those of https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.workspace.errors import NotPossibleError
from bot.workspace.validation.blocks import elements_of
from bot.workspace.wire import JsonObject

Choice: TypeAlias = str | int | Sequence[str] | JsonObject
"""What a person picks or types: an option by its text or value, several, a text, a date, or an option as an object."""

_ONE_OPTION: Final = {
    "overflow": "selected_option",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
}
_SEVERAL_OPTIONS: Final = {"checkboxes": "selected_options", "multi_static_select": "selected_options"}
_PLAIN: Final = {
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
}
_FIELDS: Final = {**_ONE_OPTION, **_SEVERAL_OPTIONS, **_PLAIN}
_STATELESS: Final = frozenset({"button", "overflow", "image"})


@dataclass(frozen=True, slots=True)
class Control:
    """An element and the block it stands in."""

    block: JsonObject
    element: JsonObject

    @property
    def block_id(self) -> str:
        """The id of the block."""
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        """The id of the element."""
        return str(self.element["action_id"])

    @property
    def label(self) -> str:
        """What a person would call it."""
        for text in (self.element.get("text"), self.block.get("label"), self.element.get("placeholder")):
            if isinstance(text, dict):
                return str(text["text"])
        return self.action_id

    def goes_by(self, name: str) -> bool:
        """Whether that is its action id, its block id, or its label."""
        return name in {self.action_id, self.label, self.block_id}


def controls(blocks: Sequence[JsonObject]) -> Iterator[Control]:
    """Everything to click or to fill in, in reading order."""
    for block in blocks:
        for element in elements_of(block):
            if element["type"] != "image":
                yield Control(block, element)


def find(blocks: Sequence[JsonObject], name: str, block_id: str | None = None) -> Control:
    """The one control of that action id or label.

    Raises:
        NotPossibleError: there is none, or there are several; the text lists what there is.
    """
    every = [control for control in controls(blocks) if block_id in {None, control.block_id}]
    found = [control for control in every if control.goes_by(name)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{control.label!r} ({control.block_id}/{control.action_id})" for control in every) or "nothing"
    raise NotPossibleError(f"{'several' if found else 'none'} called {name!r}; there is {there}")


def pick(element: JsonObject, choice: Choice | None) -> JsonObject:
    """What an element holds after the choice.

    Raises:
        NotPossibleError: it offers no such option, or what was typed is too long or too short.
    """
    kind = element["type"]
    if kind == "button":
        return {"text": element["text"], **({"value": element["value"]} if element.get("value") else {})}
    if choice is None:
        raise NotPossibleError(f"say which option of {element['action_id']}")
    if kind in _SEVERAL_OPTIONS:
        wanted = [choice] if isinstance(choice, (str, int, dict)) else choice
        return {_FIELDS[kind]: [_option(element, each) for each in wanted]}
    if kind in _ONE_OPTION:
        return {_FIELDS[kind]: _option(element, choice)}
    if kind.endswith("_input"):
        _check_length(element, str(choice))
        return {"value": str(choice)}
    return {_FIELDS[kind]: choice}


def held(element: JsonObject) -> JsonObject:
    """What an element holds before anybody touches it."""
    field = _FIELDS[element["type"]]
    return {field: element.get("initial_" + field.removeprefix("selected_"))}


def state_values(blocks: Sequence[JsonObject], chosen: Mapping[tuple[str, str], JsonObject]) -> JsonObject:
    """`state.values`: by block id and action id, what each element holds."""
    values: JsonObject = {}
    for control in controls(blocks):
        if control.element["type"] not in _STATELESS:
            holds = chosen.get((control.block_id, control.action_id)) or held(control.element)
            values.setdefault(control.block_id, {})[control.action_id] = {"type": control.element["type"], **holds}
    return values


def fill_in(blocks: Sequence[JsonObject], answers: Mapping[str, Choice]) -> dict[tuple[str, str], JsonObject]:
    """What the fields hold once a person has filled them in.

    Raises:
        NotPossibleError: a field does not exist, does not take the value, or is required and empty.
    """
    found = {name: find(blocks, name) for name in answers}
    chosen = {(at.block_id, at.action_id): pick(at.element, answers[name]) for name, at in found.items()}
    for control in controls(blocks):
        required = control.block["type"] == "input" and not control.block.get("optional")
        if required and _is_empty(chosen.get((control.block_id, control.action_id)) or held(control.element)):
            raise NotPossibleError(f"{control.label!r} is required")
    return chosen


def _option(element: JsonObject, choice: Any) -> JsonObject:
    if isinstance(choice, dict):
        return choice
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    every: list[JsonObject] = [option for group in groups for option in group["options"]]
    for option in every:
        if choice in {option["value"], option["text"]["text"]}:
            return option
    raise NotPossibleError(f"no option {choice!r}; there are {[option['text']['text'] for option in every]}")


def _check_length(element: JsonObject, typed: str) -> None:
    if not element.get("min_length", 0) <= len(typed) <= element.get("max_length", 3000):
        raise NotPossibleError(f"{element['action_id']} does not take {len(typed)} characters")


def _is_empty(holds: JsonObject) -> bool:
    return all(value is None or value in ("", []) for value in holds.values())
