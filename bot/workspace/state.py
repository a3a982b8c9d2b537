"""Everything that is in a workspace, without any transport."""

import asyncio
import secrets

from bot.workspace.bell import Bell
from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.clock import Clock
from bot.workspace.directory import App, Directory, Group, Kind, Team, User
from bot.workspace.errors import ApiError
from bot.workspace.identifiers import Mint
from bot.workspace.messages import Message
from bot.workspace.response_urls import ResponseUrls
from bot.workspace.settings import Settings
from bot.workspace.triggers import Triggers
from bot.workspace.views import Views


class State:
    """The team, its people, its conversations, its views, and the secrets shared with the app."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock, self.bell, self.mint = Clock(), Bell(), Mint()
        app = App(self.mint.id("A"), "Pod-Proxier", self.mint.id("U"), self.mint.id("B"))
        team = Team(self.mint.id("T"), "Local Workspace", "local-workspace")
        elsewhere = Team(self.mint.id("T"), "Another Company", "another-company")
        self.directory = Directory(team, elsewhere, app)
        self.add_user(User(app.user_id, "pod-proxier", app.name, team.id, kind=Kind.BOT, bot_id=app.bot_id, email=None))
        self.channels: dict[str, Channel] = {}
        self.timeline: list[Message] = []
        self.triggers = Triggers(self.clock, self.mint)
        self.response_urls = ResponseUrls(self.clock, team.id)
        self.views = Views(self.mint, self.bell)
        self.bot_token, self.app_token = self._new_tokens()
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_urlsafe(18)
        self.revoked: set[str] = set()
        self.base_url = ""  # http://127.0.0.1:port, once the server listens
        self.closing = asyncio.Event()

    def renew_tokens(self) -> None:
        """Give the app new tokens; the old ones are revoked."""
        self.revoked |= {self.bot_token, self.app_token}
        self.bot_token, self.app_token = self._new_tokens()

    def _new_tokens(self) -> tuple[str, str]:
        kind = "xoxe.xoxb-1" if self.settings.rotating else "xoxb"
        bot_token = f"{kind}-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}"
        return bot_token, f"xapp-1-{self.directory.app.id}-{secrets.token_hex(24)}"

    def add_user(self, user: User) -> User:
        """Let somebody in."""
        self.directory.users[user.id] = user
        return user

    def add_group(self, handle: str, members: list[str], name: str | None = None) -> Group:
        """Make a user group."""
        group = Group(self.mint.id("S"), handle, name or handle, members)
        self.directory.groups[group.id] = group
        return group

    def add_channel(self, name: str, kind: ChannelKind, members: set[str]) -> Channel:
        """Make a conversation."""
        prefix = "D" if kind is ChannelKind.IM else "C"
        channel = Channel(
            self.mint.id(prefix), name, kind=kind, directory=self.directory, clock=self.clock, bell=self.bell
        )
        channel.members |= members
        self.channels[channel.id] = channel
        self.directory.channel_names[channel.id] = name
        return channel

    def channel_named(self, name: str) -> Channel | None:
        """The channel with that id or name, a `#` before it or not."""
        bare = name.removeprefix("#")
        named = (channel for channel in self.channels.values() if channel.name == bare and not channel.is_dm)
        return self.channels.get(name) or next(named, None)

    def dm_with(self, *user_ids: str) -> Channel:
        """The DM between the app and some people, opened if there is none."""
        members = {*user_ids, self.directory.app.user_id}
        for channel in self.channels.values():
            if channel.is_dm and channel.members == members:
                return channel
        names = ",".join(self.directory.users[user_id].name for user_id in user_ids)
        return self.add_channel(names, ChannelKind.IM if len(user_ids) == 1 else ChannelKind.MPIM, members)

    def user(self, user_id: str) -> User:
        """The user with that id.

        Raises:
            ApiError: there is none.
        """
        user = self.directory.users.get(user_id)
        if user is None:
            raise ApiError("user_not_found")
        return user

    def shares_channel(self, user_id: str) -> bool:
        """Whether the app and somebody are in one conversation."""
        together = {user_id, self.directory.app.user_id}
        return any(together <= channel.members for channel in self.channels.values())

    def add_message(self, message: Message) -> Message:
        """Let a message be seen."""
        message.channel.everything.append(message)
        self.timeline.append(message)
        self.bell.ring()
        return message
