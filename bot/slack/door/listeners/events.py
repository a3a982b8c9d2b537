"""What Slack tells of its own accord; nobody waits for an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.slack.homes import Homes
from bot.slack.webapi.client import Identity
from core.domain.people import GroupId, Person, UserId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """Who wants to hear what; all of it may be lost, and costs some minutes then.

    Attributes:
        invited: the bot is in this channel now, so that it can post there.
        user_changed, group_changed: what is known of them is out of date.
    """

    invited: Callable[[str], None]
    user_changed: Callable[[UserId], None]
    group_changed: Callable[[GroupId], None]


def register(app: AsyncApp, news: News, homes: Homes, identity: Identity) -> None:
    """Listen to what the manifest subscribes to."""

    @app.event("app_home_opened")
    async def home_opened(event: Mapping[str, Any]) -> None:
        if event.get("tab") == "home":
            await homes.opened(Person(identity.team, UserId(event["user"])))

    @app.event("member_joined_channel")
    async def joined(event: Mapping[str, Any]) -> None:
        if event["user"] == identity.bot_user:
            log.info("slack.invited", channel=event["channel"])
            news.invited(event["channel"])

    @app.event("user_change")
    async def user_changed(event: Mapping[str, Any]) -> None:
        news.user_changed(UserId(event["user"]["id"]))

    @app.event("subteam_members_changed")
    async def group_changed(event: Mapping[str, Any]) -> None:
        news.group_changed(GroupId(event["subteam_id"]))
