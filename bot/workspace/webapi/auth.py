"""api.test and auth.test; apps.connections.open stands with Socket Mode, which makes its tickets."""

from typing import Final

from bot.workspace.errors import ApiError
from bot.workspace.webapi.access import TokenKind
from bot.workspace.webapi.method import Call, Method
from bot.workspace.wire import JsonObject

TOKEN_LIFETIME: Final = 43_200
"""Seconds that a rotating token lives. https://docs.slack.dev/authentication/using-token-rotation"""


def api_test(call: Call) -> JsonObject:
    """Echo the arguments; fail where `error` is one of them."""
    if error := call.args.text("error"):
        raise ApiError(error)
    return {"args": call.args.values} if call.args.values else {}


def auth_test(call: Call) -> JsonObject:
    """Say whose token it is."""
    directory = call.state.directory
    return {
        "url": f"https://{directory.team.domain}.slack.com/",
        "team": directory.team.name,
        "user": directory.app_user.name,
        "team_id": directory.team.id,
        "user_id": directory.app.user_id,
        "bot_id": directory.app.bot_id,
        "is_enterprise_install": call.state.settings.org_wide,
        **({"enterprise_id": directory.enterprise_id} if call.state.settings.org_wide else {}),
        **({"expires_in": TOKEN_LIFETIME} if call.state.settings.rotating else {}),
    }


METHODS: Final = {
    "api.test": Method(api_test, per_minute=None, token=TokenKind.NONE),
    "auth.test": Method(auth_test, per_minute=None),
}
