"""What a test or the demo may choose about the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BOT_SCOPES: Final = (
    "commands",
    "chat:write",
    "users:read",
    "users:read.email",
    "usergroups:read",
    "channels:read",
    "groups:read",
    "im:write",
)
"""Granted to the bot token unless a test says otherwise; `chat:write.public` is left out on purpose."""

APP_SCOPES: Final = ("connections:write",)


@dataclass(frozen=True, slots=True)
class Settings:
    """How strict and how slow this Slack is.

    Attributes:
        scopes: what the bot token was granted; give the scopes of the manifest to test the manifest.
        app_scopes: what the app-level token was granted.
        org_wide: the app is installed in a whole organisation, not in this workspace alone.
        rotating: the bot token is one that expires (`xoxe.xoxb-...`).
        commands: the slash commands the app has registered.
        should_escape: the command's setting of that name: mentions and channels in its text arrive as ids.
        require_text: blocks without the top-level `text` are refused with `no_text`. Slack itself only warns, but the
            text is all that a screen reader reads, so here it is an error.
        ack_within: seconds the app has to acknowledge a delivery.
        retry_delays: seconds before each redelivery of an event that was not acknowledged.
    """

    scopes: Sequence[str] = BOT_SCOPES
    app_scopes: Sequence[str] = APP_SCOPES
    org_wide: bool = False
    rotating: bool = False
    commands: Sequence[str] = ("/proxy",)
    should_escape: bool = True
    require_text: bool = True
    ack_within: float = 3.0
    retry_delays: Sequence[float] = (0.0, 60.0, 300.0)
