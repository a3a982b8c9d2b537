from bot.workspace import posting
from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.delivery.courier import Courier
from bot.workspace.delivery.parcels import Outcome
from bot.workspace.hands.eyes import Eyes
from bot.workspace.hands.typing import escaped
from bot.workspace.messages import Content, Message, Origin
from bot.workspace.state import State


class Voice(Eyes):
    """What a person does that the app hears of as an event."""

    def __init__(self, state: State, user_id: str, courier: Courier) -> None:
        super().__init__(state, user_id)
        self._courier = courier

    async def opens_home(self) -> Outcome:
        """Open the app's home tab."""
        event = {"type": "app_home_opened", "user": self.id, "channel": self.app_dm.id, "tab": "home"}
        return await self._courier.event(event)

    async def invites_app(self, channel: Channel | str) -> Outcome:
        """`/invite` the app into a channel."""
        place, app_user = self.channel(channel), self._state.directory.app.user_id
        place.members.add(app_user)
        event = {
            "type": "member_joined_channel",
            "user": app_user,
            "channel": place.id,
            "channel_type": "C" if place.kind is ChannelKind.PUBLIC else "G",
            "team": self._state.directory.team.id,
            "inviter": self.id,
        }
        return await self._courier.event(event)

    async def says(self, text: str, *, channel: Channel | str, thread: Message | None = None) -> Message:
        """Post a message; the app hears of it in its DM, and where it is mentioned."""
        place = posting.Place(self.channel(channel), thread.ts if thread else None)
        message = posting.post(self._state, place, Content(escaped(text, self._state)), Origin(self.id, "hands"))
        event = {"user": self.id, "text": message.text, "ts": message.ts, "channel": message.channel.id}
        if message.channel.kind is ChannelKind.IM:
            await self._courier.event({"type": "message", "channel_type": "im", **event})
        elif f"<@{self._state.directory.app.user_id}" in message.text:
            await self._courier.event({"type": "app_mention", **event})
        return message
