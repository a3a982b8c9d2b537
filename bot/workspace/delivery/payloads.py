"""The payloads of commands, clicks, submissions, shortcuts and events, field by field as Slack sends them.

https://docs.slack.dev/reference/interaction-payloads
"""

from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.directory import User
from bot.workspace.messages import Message
from bot.workspace.shapes import message_object, view_object
from bot.workspace.state import State
from bot.workspace.views import View
from bot.workspace.wire import JsonObject

_CHANNEL_NAMES = {
    ChannelKind.IM: "directmessage",
    ChannelKind.PRIVATE: "privategroup",
    ChannelKind.MPIM: "mpdm",
}


def command(state: State, user: User, channel: Channel, words: tuple[str, str], response_url: str) -> JsonObject:
    """A slash command: strings only, as in a form.

    Slack offers commands to people of the app's own team only; for a stranger this is what a test needs to see that
    the app looks at the team id.
    """
    team = state.directory.elsewhere if user.team_id == state.directory.elsewhere.id else state.directory.team
    return {
        "token": state.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": _CHANNEL_NAMES.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": words[0],
        "text": words[1],
        "api_app_id": state.directory.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": state.triggers.issue(user.id),
    }


def message_click(
    state: State, user: User, message: Message, action: JsonObject, values: JsonObject, response_url: str
) -> JsonObject:
    """`block_actions` from a message; an ephemeral one carries no content, only where it stood."""
    ephemeral = message.ephemeral_to is not None
    channel = message.channel
    payload: JsonObject = {
        **_interaction(state, user, "block_actions", None),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
            **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        },
        "channel": {"id": channel.id, "name": _CHANNEL_NAMES.get(channel.kind, channel.name)},
        "state": {"values": values},
        "response_url": response_url,
        "actions": [action],
    }
    return payload if ephemeral else {**payload, "message": message_object(message)}


def view_click(state: State, user: User, view: View, action: JsonObject, values: JsonObject) -> JsonObject:
    """`block_actions` from a modal or a home tab."""
    return {
        **_interaction(state, user, "block_actions", view),
        "container": {"type": "view", "view_id": view.id},
        "view": view_object(view, state.directory, values),
        "actions": [action],
    }


def submission(state: State, user: User, view: View, values: JsonObject) -> JsonObject:
    """`view_submission`."""
    shown = view_object(view, state.directory, values)
    return {**_interaction(state, user, "view_submission", view), "view": shown, "response_urls": []}


def closed(state: State, user: User, view: View, *, cleared: bool) -> JsonObject:
    """`view_closed`, for a view that asked for it; it has no trigger id."""
    payload = _interaction(state, user, "view_closed", view)
    del payload["trigger_id"]
    return {**payload, "view": view_object(view, state.directory), "is_cleared": cleared}


def suggestion(state: State, user: User, place: JsonObject, element: JsonObject, typed: str) -> JsonObject:
    """`block_suggestion`: what an `external_select` asks while the person types."""
    payload = _interaction(state, user, "block_suggestion", None)
    del payload["trigger_id"]
    asked = {"action_id": element["action_id"], "block_id": element["block_id"], "value": typed}
    return {**payload, **place, **asked}


def shortcut(state: State, user: User, callback_id: str) -> JsonObject:
    """A global shortcut."""
    return {
        **_interaction(state, user, "shortcut", None),
        "callback_id": callback_id,
        "action_ts": state.mint.timestamp(state.clock.time()),
    }


def message_shortcut(state: State, user: User, callback_id: str, message: Message, response_url: str) -> JsonObject:
    """A shortcut from a message's menu (`message_action`)."""
    return {
        **_interaction(state, user, "message_action", None),
        "callback_id": callback_id,
        "action_ts": state.mint.timestamp(state.clock.time()),
        "message_ts": message.ts,
        "response_url": response_url,
        "channel": {"id": message.channel.id, "name": message.channel.name},
        "message": message_object(message),
    }


def event_callback(state: State, event: JsonObject) -> JsonObject:
    """The wrapping of an event. https://docs.slack.dev/apis/events-api#event-type-structure."""
    directory = state.directory
    now = state.clock.time()
    return {
        "token": state.verification_token,
        "team_id": directory.team.id,
        "context_team_id": directory.team.id,
        "context_enterprise_id": None,
        "api_app_id": directory.app.id,
        "event": {"event_ts": state.mint.timestamp(now), **event},
        "type": "event_callback",
        "event_id": state.mint.id("Ev"),
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": directory.team.id,
                "user_id": directory.app.user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{state.mint.short()}",
    }


def _interaction(state: State, user: User, kind: str, view: View | None) -> JsonObject:
    """What all interactions have. `team` is the installed team even where `user.team_id` is another."""
    team = state.directory.team
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": state.directory.app.id,
        "token": state.verification_token,
        "trigger_id": state.triggers.issue(user.id, view.id if view and not view.is_home else None),
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
