"""Block elements: buttons, menus, inputs.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from bot.workspace.validation import objects
from bot.workspace.validation.problems import Problem, Problems, fields, one_of, optional_string, string
from bot.workspace.wire import JsonObject

Check: TypeAlias = Callable[[JsonObject, str], Problems]

IDENTIFIER: Final = 255
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
ACCESSIBILITY_LABEL: Final = 75
URL: Final = 3000
ALT_TEXT: Final = 2000
PLACEHOLDER: Final = 150
OVERFLOW_OPTIONS: Final = 5
CHOICES: Final = 10
INPUT_VALUE: Final = 3000

_MENU_FIELDS: Final = ("action_id", "confirm", "focus_on_load", "placeholder")


def button(value: JsonObject, at: str) -> Problems:
    """A button: text 75, value 2,000."""
    optional = ("action_id", "url", "value", "style", "confirm", "accessibility_label")
    yield from fields(value, at, required=("text",), optional=optional)
    yield from objects.required_text(value, "text", at, limit=BUTTON_TEXT, plain=True)
    yield from optional_string(value, "value", at, limit=BUTTON_VALUE, least=0)
    yield from optional_string(value, "url", at, limit=URL)
    yield from optional_string(value, "accessibility_label", at, limit=ACCESSIBILITY_LABEL)
    if "style" in value:
        yield from one_of(value["style"], f"{at}/style", {"primary", "danger"})


def overflow(value: JsonObject, at: str) -> Problems:
    """An overflow menu: one to five options."""
    yield from fields(value, at, required=("options",), optional=("action_id", "confirm"))
    if value.get("options") is not None:
        yield from objects.options(value["options"], f"{at}/options", most=OVERFLOW_OPTIONS, url=True)


def static_select(value: JsonObject, at: str, *, several: bool = False) -> Problems:
    """A menu whose options stand in the message: up to 100, or groups of them."""
    initial = ("initial_options", "max_selected_items") if several else ("initial_option",)
    yield from fields(value, at, optional=("options", "option_groups", *initial, *_MENU_FIELDS))
    if ("options" in value) == ("option_groups" in value):
        yield Problem("must provide either `options` or `option_groups`", at)
    if "options" in value:
        yield from objects.options(value["options"], f"{at}/options")
    if "option_groups" in value:
        yield from objects.option_groups(value["option_groups"], f"{at}/option_groups")
    yield from _initial_among_options(value, at)


def choices(value: JsonObject, at: str, *, initial: str) -> Problems:
    """Checkboxes or radio buttons: one to ten options."""
    yield from fields(value, at, required=("options",), optional=("action_id", "confirm", "focus_on_load", initial))
    if value.get("options") is not None:
        yield from objects.options(value["options"], f"{at}/options", most=CHOICES, plain=False)
    yield from _initial_among_options(value, at)


def simple(value: JsonObject, at: str, *, optional: Collection[str] = (), required: Collection[str] = ()) -> Problems:
    """An element with no limits of its own but those of its ids and its placeholder."""
    yield from fields(value, at, required=required, optional=(*optional, *_MENU_FIELDS))


def text_input(value: JsonObject, at: str, *, optional: Collection[str] = ()) -> Problems:
    """A field to type into; what is in it from the start is at most 3,000 characters."""
    allowed = ("initial_value", "min_length", "max_length", "dispatch_action_config", *optional, *_MENU_FIELDS)
    yield from fields(value, at, optional=allowed)
    yield from optional_string(value, "initial_value", at, limit=INPUT_VALUE, least=0)


def image(value: JsonObject, at: str) -> Problems:
    """A small image."""
    yield from fields(value, at, required=("alt_text",), optional=("image_url", "slack_file"))
    yield from optional_string(value, "alt_text", at, limit=ALT_TEXT)
    yield from optional_string(value, "image_url", at, limit=URL)


def _initial_among_options(value: JsonObject, at: str) -> Problems:
    wanted = [*_listed(value.get("initial_options")), *filter(None, [value.get("initial_option")])]
    groups = _listed(value.get("option_groups")) or [value]
    offered = [_key(option) for group in groups if isinstance(group, dict) for option in _listed(group.get("options"))]
    for option in wanted:
        if _key(option) not in offered:
            yield Problem("initial option is not among the options", at)


def _key(option: Any) -> Any:
    return option.get("value") if isinstance(option, dict) else option


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


ELEMENTS: Final[Mapping[str, Check]] = {
    "button": button,
    "overflow": overflow,
    "static_select": static_select,
    "multi_static_select": partial(static_select, several=True),
    "external_select": partial(simple, optional=("initial_option", "min_query_length")),
    "users_select": partial(simple, optional=("initial_user",)),
    "multi_users_select": partial(simple, optional=("initial_users", "max_selected_items")),
    "channels_select": partial(simple, optional=("initial_channel", "response_url_enabled")),
    "conversations_select": partial(
        simple, optional=("initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter")
    ),
    "datepicker": partial(simple, optional=("initial_date",)),
    "timepicker": partial(simple, optional=("initial_time", "timezone")),
    "datetimepicker": partial(simple, optional=("initial_date_time",)),
    "checkboxes": partial(choices, initial="initial_options"),
    "radio_buttons": partial(choices, initial="initial_option"),
    "plain_text_input": partial(text_input, optional=("multiline",)),
    "email_text_input": text_input,
    "url_text_input": text_input,
    "number_input": partial(text_input, optional=("is_decimal_allowed", "min_value", "max_value")),
    "image": image,
}

_MENUS: Final = frozenset(name for name in ELEMENTS if name.endswith("select"))
_PICKERS: Final = frozenset({"datepicker", "timepicker"})
_TICKS: Final = frozenset({"checkboxes", "radio_buttons"})
_TYPED: Final = frozenset(name for name in ELEMENTS if name.endswith("_input"))

IN_SECTION: Final = frozenset({"button", "overflow", "image"}) | _MENUS | _PICKERS | _TICKS
IN_ACTIONS: Final = frozenset({"button", "overflow", "datetimepicker"}) | _MENUS | _PICKERS | _TICKS
IN_INPUT: Final = frozenset({"datetimepicker"}) | _MENUS | _PICKERS | _TICKS | _TYPED


def element(value: Any, at: str, allowed: Collection[str]) -> Problems:
    """An element where only some kinds may stand."""
    if not isinstance(value, dict):
        yield Problem("must provide an object", at)
        return
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        yield Problem(f"unsupported type: {kind}", f"{at}/type")
        return
    yield from ELEMENTS[kind](value, at)
    yield from objects.confirm_dialog(value, at)
    yield from objects.required_text(value, "placeholder", at, limit=PLACEHOLDER, plain=True)
    if value.get("action_id") is not None:
        yield from string(value["action_id"], f"{at}/action_id", limit=IDENTIFIER)
