"""views.*: open, push, update, publish."""

from typing import Final

from bot.workspace.completion import completed
from bot.workspace.errors import ApiError
from bot.workspace.shapes import view_object
from bot.workspace.state import State
from bot.workspace.validation import check_view
from bot.workspace.validation.surfaces import too_large
from bot.workspace.views import View
from bot.workspace.webapi.method import TIER_4, Call, Method
from bot.workspace.wire import JsonObject


def open_view(call: Call) -> JsonObject:
    """views.open: a modal, for whoever the trigger id stands for."""
    content = _content(call, "modal")
    trigger = call.state.triggers.exchange(call.args.required("trigger_id"))
    return _shown(call, call.state.views.open(trigger.user_id, content))


def push(call: Call) -> JsonObject:
    """views.push: onto the modal in which the trigger id came about."""
    content = _content(call, "modal")
    trigger = call.state.triggers.exchange(call.args.required("trigger_id"))
    if trigger.view_id is None:
        raise ApiError("invalid_trigger_id")
    return _shown(call, call.state.views.push(trigger.user_id, content))


def update(call: Call) -> JsonObject:
    """views.update: an open modal, by its id or the app's own."""
    view = call.state.views.get(call.args.text("view_id"), call.args.text("external_id"))
    content = _content(call, "home" if view.is_home else "modal")
    return _shown(call, call.state.views.update(view, content, call.args.text("hash")))


def publish(call: Call) -> JsonObject:
    """views.publish: a person's home tab."""
    user = call.state.user(call.args.required("user_id"))
    content = _content(call, "home")
    return _shown(call, call.state.views.publish(user.id, content, call.args.text("hash")))


def read_view(state: State, content: JsonObject, kind: str) -> JsonObject:
    """A view as an app gave it, checked and completed.

    Raises:
        ApiError: Slack would refuse it.
    """
    given = {name: value for name, value in content.items() if value is not None}
    if given.get("type") != kind:
        raise ApiError("invalid_arguments", f"[ERROR] must be of type {kind} [json-pointer:/view/type]")
    if problems := check_view(given):
        raise ApiError("invalid_arguments", *map(str, problems))
    if too_large(given):
        raise ApiError("view_too_large")
    return {**given, "blocks": list(completed(given["blocks"], state.mint.short))}


def _content(call: Call, kind: str) -> JsonObject:
    return read_view(call.state, call.args.object("view"), kind)


def _shown(call: Call, view: View) -> JsonObject:
    return {"view": view_object(view, call.state.directory)}


METHODS: Final = {
    "views.open": Method(open_view, (), TIER_4),
    "views.push": Method(push, (), TIER_4),
    "views.update": Method(update, (), TIER_4),
    "views.publish": Method(publish, (), TIER_4),
}
