from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

COMMAND: Final = "/proxy"
"""The slash command, as the manifest registers it."""


class Transport(StrEnum):
    """How Slack reaches the bot."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """What may be chosen about Slack.

    Attributes:
        api_url: base of the Web API, with a slash at its end.
        transport: Socket Mode, or signed requests to ``POST /slack/events``.
        advertise: the host that people connect to; stands on every card.
        sockets: connections of Socket Mode; two, for Slack closes each of them now and then.
        deadline: of one call of the Web API.
        lost_after: a socket that was away for so long is given up, and another URL is asked for.
        drain: how long work in flight may go on when the bot is told to stop.
    """

    advertise: str
    api_url: str = "https://slack.com/api/"
    transport: Transport = Transport.SOCKET
    sockets: int = 2
    deadline: timedelta = timedelta(seconds=10)
    lost_after: timedelta = timedelta(seconds=60)
    drain: timedelta = timedelta(seconds=10)
