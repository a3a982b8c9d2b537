"""The app manifest, to be pasted at https://api.slack.com/apps: one app for each workspace, with no scope too many.

Its format: https://docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import yaml

from bot.slack.forms import ASK
from bot.slack.settings import COMMAND, Transport

REQUIRED: Final = {
    "commands": COMMAND,
    "chat:write": "cards, threads, answers",
    "users:read": "telling members from guests, bots and deactivated users",
    "im:write": "direct messages",
}
"""Scopes of the bot token that nothing works without, and what each is for."""

OPTIONAL: Final = {
    "usergroups:read": "groups in the policy",
    "channels:read": "hearing that the bot was invited to a channel",
    "groups:read": "hearing that the bot was invited to a private channel",
}
"""Scopes that one can do without, and what is lost then."""

BOT_SCOPES: Final = (*REQUIRED, *OPTIONAL)
APP_SCOPE: Final = "connections:write"
"""Of the app-level token, which no manifest can ask for: Socket Mode."""

BOT_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "app_home_opened": (),
    "member_joined_channel": ("channels:read", "groups:read"),
    "subteam_members_changed": ("usergroups:read",),
    "user_change": ("users:read",),
}
"""What Slack is to tell of its own accord, and the scopes that each needs."""

EXAMPLE_URL: Final = "https://YOUR-HOST/slack/events"
USAGE_HINT: Final = "pod NAMESPACE/NAME[:PORT] [2h] [from ADDRESS] [reason] | list | extend | close | help"

_Node: TypeAlias = "str | int | bool | list[_Node] | dict[str, _Node]"


def manifest(transport: Transport, url: str = EXAMPLE_URL) -> str:
    """Write the manifest as YAML.

    Args:
        transport: how Slack reaches the bot.
        url: where Slack posts to over HTTP; Socket Mode has no use for it.
    """
    request_url: dict[str, _Node] = {"request_url": url} if transport is Transport.HTTP else {}
    node: dict[str, _Node] = {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": "Pod-Proxier",
            "description": "Opens time-limited, approved TCP ports to Kubernetes pods",
        },
        "features": _features({"url": url} if request_url else {}),
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": transport is Transport.SOCKET,
            "token_rotation_enabled": False,
        },
    }
    return yaml.safe_dump(node, sort_keys=False, allow_unicode=True, width=120)


def _features(command_url: dict[str, _Node]) -> dict[str, _Node]:
    command: dict[str, _Node] = {
        "command": COMMAND,
        **command_url,
        "description": "Ask for a port to a pod",
        "usage_hint": USAGE_HINT,
        "should_escape": True,  # mentions arrive as ids, which no name can forge
    }
    return {
        # Not read-only, or nobody could type the command in the conversation with the bot.
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "shortcuts": [
            {"name": "Ask for a port", "type": "global", "callback_id": ASK, "description": "Ask for a port to a pod"}
        ],
        "bot_user": {"display_name": "pod-proxier", "always_online": True},
        "slash_commands": [command],
    }
