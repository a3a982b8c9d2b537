"""From what slack_sdk and aiohttp raise to ``bot.slack.errors``: by Slack's code, status and type, never by a text."""

from collections.abc import Mapping
from typing import Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.errors import (
    DEAD_TOKEN,
    WRONG_SETUP,
    BadBlocks,
    CannotPost,
    MessageGone,
    SlackError,
    SlackLimited,
    SlackRefused,
    SlackUnreachable,
    TokenDead,
    WrongSetup,
)

_REFUSALS: Final[Mapping[type[SlackRefused], frozenset[str]]] = {
    TokenDead: DEAD_TOKEN,
    WrongSetup: WRONG_SETUP
    | {"access_denied", "enterprise_is_restricted", "org_login_required", "two_factor_setup_required"},
    CannotPost: frozenset(
        {
            "channel_not_found",
            "is_archived",
            "is_inactive",  # what chat.update says of an archived channel
            "messages_tab_disabled",
            "no_permission",  # "make sure your app is a member of the conversation": nothing is wrong with the token
            "not_in_channel",
            "restricted_action",
            "restricted_action_non_threadable_channel",
            "restricted_action_read_only_channel",
            "restricted_action_thread_locked",
            "restricted_action_thread_only_channel",
        }
    ),
    MessageGone: frozenset(
        {
            "cant_update_message",
            "cannot_reply_to_message",
            "edit_window_closed",
            "message_not_found",
            "thread_not_found",
        }
    ),
    BadBlocks: frozenset(
        {"block_mismatch", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
    ),
}
"""https://docs.slack.dev/reference/methods/chat.postMessage, chat.update, conversations.open, usergroups.users.list."""

_BY_CODE: Final = {code: error for error, codes in _REFUSALS.items() for code in codes}
_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_AWAY: Final = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
"""Slack's own troubles; by its documentation, some of what was asked may have been done."""

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_PATIENCE: Final = 30
"""Seconds to wait where Slack limits without a word on how long."""


def translated(method: str, failure: Exception) -> SlackError:
    """Say what a failed call means.

    Args:
        method: as the Web API names it.
        failure: whatever the call raised; what has no answer of Slack's in it counts as no answer.
    """
    response = failure.response if isinstance(failure, SlackApiError) else None
    if not isinstance(response, AsyncSlackResponse):
        return SlackUnreachable(method, type(failure).__name__)
    body = response.data if isinstance(response.data, dict) else {}
    code = str(body.get("error") or "")
    if response.status_code == _TOO_MANY or code in _LIMITED:
        return SlackLimited(method, _retry_after(response.headers))
    if response.status_code >= _SERVER_ERROR or not code or code in _AWAY:
        return SlackUnreachable(method, code or f"HTTP {response.status_code} without an answer in it")
    return _refused(method, code, str(body.get("needed") or ""))


def _refused(method: str, code: str, needed_scopes: str) -> SlackRefused:
    refused = _BY_CODE.get(code, SlackRefused)(method, code)
    if needed_scopes:
        refused.hint = f"the app needs the scope {needed_scopes}"
    return refused


def _retry_after(headers: Mapping[str, str]) -> int:
    said = headers.get("Retry-After", "")
    return max(1, int(said)) if said.isascii() and said.isdigit() else _PATIENCE
