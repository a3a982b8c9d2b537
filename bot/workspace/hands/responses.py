"""What the acknowledgement of a submission does to the modal.

https://docs.slack.dev/surfaces/modals#response_actions
"""

from bot.workspace.delivery.parcels import Outcome
from bot.workspace.errors import ApiError
from bot.workspace.state import State
from bot.workspace.views import View
from bot.workspace.webapi.views import read_view
from bot.workspace.wire import JsonObject


def apply_submission(state: State, view: View, outcome: Outcome) -> str | None:
    """Close, change, push or refuse the modal; it stays as it is where the app did not acknowledge.

    Returns:
        Slack's word for what was wrong with the answer, or None.
    """
    if not outcome.acked:
        return None
    try:
        _apply(state, view, outcome.payload or {})
    except ApiError as exc:
        return exc.code
    return None


def _apply(state: State, view: View, payload: JsonObject) -> None:
    match payload.get("response_action"):
        case None:
            state.views.close(view)
        case "clear":
            state.views.clear(view.user_id)
        case "errors":
            state.views.refuse(view, _errors(view, payload.get("errors")))
        case "update":
            state.views.update(view, read_view(state, payload.get("view") or {}, "modal"))
        case "push":
            state.views.push(view.user_id, read_view(state, payload.get("view") or {}, "modal"))
        case _:
            raise ApiError("invalid_response_action")


def _errors(view: View, errors: object) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise ApiError("invalid_errors")
    return errors
