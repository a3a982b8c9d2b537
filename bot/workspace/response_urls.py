import secrets
from dataclasses import dataclass
from typing import Final

from bot.workspace.channels import Channel
from bot.workspace.clock import Clock
from bot.workspace.errors import ApiError
from bot.workspace.messages import Message

USES: Final = 5
LIFETIME: Final = 30 * 60.0
"""Five posts in thirty minutes. https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""


@dataclass(slots=True)
class ResponseUrl:
    """The right to answer one interaction.

    Attributes:
        path: the part of the URL behind the host.
        source: the message whose button was clicked; none for a command.
    """

    path: str
    channel: Channel
    user_id: str
    issued_at: float
    source: Message | None
    used: int = 0


class ResponseUrls:
    """Response URLs: each is good for five posts and half an hour."""

    def __init__(self, clock: Clock, team_id: str) -> None:
        self._clock = clock
        self._team_id = team_id
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, channel: Channel, user_id: str, source: Message | None = None) -> ResponseUrl:
        """A fresh response URL, under `/commands` for a command and under `/actions` for a click."""
        kind = "commands" if source is None else "actions"
        path = f"/{kind}/{self._team_id}/{len(self._issued) + 1}/{secrets.token_hex(12)}"
        self._issued[path] = ResponseUrl(path, channel, user_id, self._clock.time(), source)
        return self._issued[path]

    def use(self, path: str) -> ResponseUrl:
        """Take one of the five uses.

        Raises:
            ApiError: it is unknown, too old, or used up.
        """
        url = self._issued.get(path)
        if url is None:
            raise ApiError("invalid_url")
        if self._clock.time() - url.issued_at > LIFETIME:
            raise ApiError("expired_url")
        if url.used >= USES:
            raise ApiError("used_url")
        url.used += 1
        return url
