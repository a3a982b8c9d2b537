"""Slack's Web API, the few verbs of it that are used. Every failure comes out as one of ``bot.slack.errors``."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks.message import Message
from bot.slack.errors import CannotPost, SlackRefused, TokenDead, WrongSetup
from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.slack.webapi.calls import Calls, TokenKind
from core.domain.people import GroupId, TeamId, UserId


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token it is.

    Attributes:
        team: "" where the app is installed for a whole organisation.
        bot_user: whom the app posts as.
        url: of the workspace.
        scopes: what the bot token was granted, as Slack's answer says.
        org_wide: whether the app is installed for a whole organisation.
    """

    team: TeamId
    bot_user: UserId
    bot_id: str
    url: str
    scopes: frozenset[str]
    org_wide: bool


class Slack:
    """The Web API with the app's tokens; an asynchronous context manager that holds the connections.

    Every call has the deadline of the settings. A token that is not accepted is read again, and the call made once more
    where that brought another one. Calls that may be repeated are, once, where no answer came; nothing is ever posted a
    second time, for Slack may have taken the first.

    All verbs raise:
        SlackUnreachable: no answer; what was asked may or may not have been done.
        SlackLimited: too many calls; says when to try again.
        TokenDead, WrongSetup, SlackRefused: Slack's answer was no.
    """

    def __init__(self, settings: SlackSettings, credentials: Credentials) -> None:
        self.credentials = credentials
        self._calls = Calls(settings, credentials)

    async def __aenter__(self) -> Self:
        await self._calls.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._calls.__aexit__(kind, error, trace)

    # -- messages -----------------------------------------------------------------------------------------------------

    async def post(
        self, channel: str, message: Message, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> str:
        """Post a message, or a reply in a thread; returns its ``ts``.

        Args:
            channel: the id.
            message: text and blocks.
            thread_ts: of the message that the thread hangs on.
            broadcast: whether a reply is shown in the channel as well.

        Raises:
            CannotPost: the channel is not there for us.
            MessageGone: the message to reply to is not there.
            BadBlocks: Slack does not take the blocks.
        """
        fields: dict[str, Any] = {"channel": channel, "text": message.text, "blocks": list(message.blocks)}
        if thread_ts is not None:
            fields |= {"thread_ts": thread_ts, "reply_broadcast": broadcast}
        response = await self._calls.make(
            "chat.postMessage",
            lambda web: web.chat_postMessage(**fields, unfurl_links=False, unfurl_media=False),
            tries=1,
        )
        return _text(response, "ts")

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Give a message other content.

        Raises:
            CannotPost, MessageGone, BadBlocks: as for ``post``.
        """
        blocks = list(message.blocks)  # an empty list takes blocks away, none at all would keep them
        await self._calls.make(
            "chat.update", lambda web: web.chat_update(channel=channel, ts=ts, text=message.text, blocks=blocks)
        )

    async def ephemeral(self, channel: str, user: UserId, message: Message, thread_ts: str | None = None) -> None:
        """Show a message to one member of a channel alone.

        Raises:
            CannotPost: the channel is not there for us.
            BadBlocks: Slack does not take the blocks.
        """
        fields: dict[str, Any] = {"channel": channel, "user": user, "text": message.text, "thread_ts": thread_ts}
        blocks = list(message.blocks)
        await self._calls.make(
            "chat.postEphemeral", lambda web: web.chat_postEphemeral(**fields, blocks=blocks), tries=1
        )

    async def publish_home(self, user: UserId, view: Mapping[str, Any]) -> None:
        """Show somebody a Home tab.

        Raises:
            BadBlocks: Slack does not take the blocks.
        """
        await self._calls.make("views.publish", lambda web: web.views_publish(user_id=user, view=dict(view)))

    async def open_modal(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Show a modal to whoever a trigger stands for; it does for three seconds, and once."""
        await self._calls.make("views.open", lambda web: web.views_open(trigger_id=trigger, view=dict(view)), tries=1)

    async def update_modal(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Give a modal other content; nothing happens where it was closed."""
        await self._calls.make("views.update", lambda web: web.views_update(view_id=view_id, view=dict(view)))

    async def open_dm(self, user: UserId) -> str:
        """Find the conversation with one person; returns its channel id.

        Raises:
            CannotPost: that person cannot be written to.
        """
        try:
            response = await self._calls.make("conversations.open", lambda web: web.conversations_open(users=[user]))
        except (TokenDead, WrongSetup):
            raise
        except SlackRefused as exc:
            raise CannotPost(exc.method, exc.code) from exc
        return str(_dict(response, "channel").get("id", ""))

    # -- people -------------------------------------------------------------------------------------------------------

    async def users_info(self, user: UserId) -> Mapping[str, Any]:
        """Read what Slack knows of a user: https://docs.slack.dev/reference/objects/user-object."""
        return _dict(await self._calls.make("users.info", lambda web: web.users_info(user=user)), "user")

    async def group_members(self, group: GroupId) -> frozenset[UserId]:
        """List who is in a user group."""
        response = await self._calls.make(
            "usergroups.users.list", lambda web: web.usergroups_users_list(usergroup=group)
        )
        return frozenset(UserId(str(user)) for user in response.get("users") or ())

    # -- the app ------------------------------------------------------------------------------------------------------

    async def identity(self) -> Identity:
        """Ask whose bot token it is, and what it may."""
        response = await self._calls.make("auth.test", lambda web: web.auth_test())
        scopes = str(response.headers.get("x-oauth-scopes") or "")
        return Identity(
            team=TeamId(_text(response, "team_id")),
            bot_user=UserId(_text(response, "user_id")),
            bot_id=_text(response, "bot_id"),
            url=_text(response, "url"),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
            org_wide=bool(response.get("is_enterprise_install")),
        )

    async def open_connection(self) -> str:
        """Ask for the address of a new connection in Socket Mode; takes the app-level token.

        Raises:
            SetupError: there is no app-level token.
        """
        response = await self._calls.make(
            "apps.connections.open",
            lambda web: web.apps_connections_open(app_token=web.token or ""),
            kind=TokenKind.APP,
        )
        return _text(response, "url")


def _text(response: AsyncSlackResponse, name: str) -> str:
    return str(response.get(name) or "")


def _dict(response: AsyncSlackResponse, name: str) -> Mapping[str, Any]:
    found = response.get(name)
    return found if isinstance(found, dict) else {}
