"""A workspace with people in it, and an app that speaks to it with Slack's own client."""

import re
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Channel, Kind, Message, Person, Workspace
from tests.unit.bot.workspace.samples import actions, button


@dataclass(frozen=True)
class World:
    workspace: Workspace
    client: AsyncWebClient
    alice: Person
    bob: Person
    channel: Channel

    async def call(self, method: str, **args: Any) -> dict[str, Any]:
        """Call a method with JSON; an answer that is not ok comes back like one that is.

        In the arguments `$alice` stands for her id, and so on: see `named`.
        """
        try:
            response = await self.client.api_call(method, json={name: self._filled(args[name]) for name in args})
        except SlackApiError as exc:
            response = exc.response
        assert isinstance(response.data, dict)
        return response.data

    async def error(self, method: str, **args: Any) -> str | None:
        """Slack's word for what is wrong with a call, or None."""
        return (await self.call(method, **args)).get("error")

    async def post(self, text: str = "card", **args: Any) -> str:
        """Post into the channel; the `ts` is returned."""
        return str((await self.call("chat.postMessage", channel=self.channel.id, text=text, **args))["ts"])

    async def card(self, *buttons: dict[str, Any]) -> Message:
        """Post a message with buttons."""
        await self.post(blocks=[actions(*(buttons or (button(value="m1/1"), button("Deny", "deny"))))])
        return self.channel.messages[-1]

    def named(self, name: str) -> str:
        """The id of somebody or of a channel: who and what is not there yet is made."""
        known: dict[str, Person | Channel] = {"alice": self.alice, "bob": self.bob, "channel": self.channel}
        if name in known:
            return known[name].id
        if name in {"public", "private", "archived"}:
            return self.place(name).id
        return self.workspace.add_user(name, kind=name if name in set(Kind) else Kind.MEMBER).id

    def place(self, what: str) -> Channel:
        """A channel that the app is not in, or one that is archived."""
        channel = self.workspace.add_channel(what, bot=what == "archived", private=what == "private")
        channel.archived = what == "archived"
        return channel

    def _filled(self, value: Any) -> Any:
        return re.sub(r"\$(\w+)", lambda found: self.named(found[1]), value) if isinstance(value, str) else value


def world_in(workspace: Workspace, **client: Any) -> World:
    """People, a channel, and a client that repeats nothing by itself."""
    alice, bob = workspace.add_user("alice", tz="Europe/Berlin"), workspace.add_user("bob")
    channel = workspace.add_channel("payments", members=[alice, bob])
    settings = {"token": workspace.bot_token, "base_url": workspace.api_url, "retry_handlers": []}
    return World(workspace, AsyncWebClient(**{**settings, **client}), alice, bob, channel)
