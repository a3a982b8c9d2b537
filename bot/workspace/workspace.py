from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from bot.workspace.channels import Channel, ChannelKind
from bot.workspace.delivery.courier import Courier
from bot.workspace.delivery.socket_mode import SocketMode
from bot.workspace.directory import Group, Kind, User
from bot.workspace.hands.person import Person
from bot.workspace.rates import Rates
from bot.workspace.server import Server
from bot.workspace.settings import Settings
from bot.workspace.state import State
from bot.workspace.webapi.table import WebApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from bot.workspace.calls import CallLog, LoggedCall
    from bot.workspace.clock import Clock
    from bot.workspace.delivery.parcels import Outcome
    from bot.workspace.faults import Faults
    from bot.workspace.hands.answer import Answer
    from bot.workspace.wire import JsonObject

_PAIR = 2


class Workspace:
    """A Slack workspace on 127.0.0.1.

    An app talks to it over Slack's wire formats once its Web API client has `api_url` as its base URL and the tokens
    below. `async with Workspace() as workspace:` starts and stops it.

    Attributes:
        state: everything in it, without any transport.
        sockets: Socket Mode: `sockets.sockets`, `warn()`, `refresh()`, `cut()`.
        courier: deliveries: `courier.outcomes` has all of them.
        rates: which rate limits hold; none from the start.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.state = State(settings or Settings())
        self.sockets = SocketMode(self.state)
        self.courier = Courier(self.state, self.sockets)
        self.rates = Rates()
        self._server = Server(self.state, WebApi(self.state, self.rates, self.sockets.connections_open), self.sockets)
        self._people: dict[str, Person] = {}

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes any that is free."""
        await self._server.start(port)

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self.courier.close()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """The base URL for the app's Web API client; ends in `/api/`."""
        return f"{self.state.base_url}/api/"

    @property
    def bot_token(self) -> str:
        """The bot token, `xoxb-...`."""
        return self.state.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token, `xapp-...`."""
        return self.state.app_token

    @property
    def signing_secret(self) -> str:
        """What requests to a request URL are signed with."""
        return self.state.signing_secret

    @property
    def team_id(self) -> str:
        """The team the app is installed in."""
        return self.state.directory.team.id

    @property
    def app_user_id(self) -> str:
        """The user the app posts as."""
        return self.state.directory.app.user_id

    @property
    def clock(self) -> Clock:
        """The time here; `clock.advance(seconds)` pushes it."""
        return self.state.clock

    @property
    def faults(self) -> Faults:
        """Faults to order."""
        return self._server.faults

    @property
    def calls(self) -> CallLog:
        """Every call the app made."""
        return self._server.calls

    def add_user(
        self,
        name: str,
        *,
        kind: Kind | str = Kind.MEMBER,
        real_name: str | None = None,
        tz: str = "Etc/UTC",
        email: str | None = None,
    ) -> Person:
        """Let somebody in.

        Args:
            name: the handle.
            kind: member, guest, ultra_guest, bot, deleted, or stranger (of another team, by Slack Connect).
            real_name: the handle with a capital where it is left out.
            tz: an IANA time zone.
            email: `handle@example.com` where it is left out.
        """
        directory = self.state.directory
        team = directory.elsewhere if Kind(kind) is Kind.STRANGER else directory.team
        user = User(
            id=self.state.mint.id("U"),
            name=name,
            real_name=real_name or name.capitalize(),
            team_id=team.id,
            kind=Kind(kind),
            tz=tz,
            email=email or f"{name}@example.com",
        )
        self.state.add_user(user)
        self._people[user.id] = Person(self.state, user.id, self.courier)
        return self._people[user.id]

    def change_user(self, person: Person, kind: Kind | str) -> None:
        """Make somebody a guest, deactivate them, and so on."""
        self.state.directory.users[person.id] = replace(person.user, kind=Kind(kind))

    def add_group(self, handle: str, *, members: Iterable[Person] = ()) -> Group:
        """Make a user group, `@handle`."""
        return self.state.add_group(handle, [person.id for person in members])

    async def set_members(self, group: Group, members: Iterable[Person]) -> Outcome:
        """Change who is in a group; the app hears of it (`subteam_members_changed`)."""
        before, group.members = group.members, [person.id for person in members]
        added, removed = sorted(set(group.members) - set(before)), sorted(set(before) - set(group.members))
        return await self.emit(
            {
                "type": "subteam_members_changed",
                "subteam_id": group.id,
                "team_id": self.team_id,
                "added_users": added,
                "added_users_count": str(len(added)),
                "removed_users": removed,
                "removed_users_count": str(len(removed)),
            }
        )

    def add_channel(
        self, name: str, *, members: Iterable[Person] = (), bot: bool = True, private: bool = False
    ) -> Channel:
        """Make a channel; `bot` says whether the app is in it."""
        ids = {person.id for person in members} | ({self.app_user_id} if bot else set())
        return self.state.add_channel(name, ChannelKind.PRIVATE if private else ChannelKind.PUBLIC, ids)

    def add_dm(self, *people: Person) -> Channel:
        """Make a DM between people, without the app, in which they can type its commands all the same."""
        kind = ChannelKind.IM if len(people) <= _PAIR else ChannelKind.MPIM
        return self.state.add_channel(",".join(person.name for person in people), kind, {each.id for each in people})

    def channel(self, name: str) -> Channel:
        """The channel with that name or id.

        Raises:
            KeyError: there is none.
        """
        channel = self.state.channel_named(name)
        if channel is None:
            raise KeyError(name)
        return channel

    def person(self, name: str) -> Person:
        """Somebody by handle or user id.

        Raises:
            KeyError: there is nobody.
        """
        for person in self._people.values():
            if name in {person.id, person.name}:
                return person
        raise KeyError(name)

    async def connected(self, count: int = 1, *, within: float = 10.0) -> None:
        """Wait until the app holds at least so many sockets.

        Raises:
            NotSeenError: it does not.
        """
        await self.until(lambda: len(self.sockets.sockets) >= count, within=within, what=f"{count} sockets")

    async def until(self, predicate: Callable[[], bool], *, within: float = 10.0, what: str = "the condition") -> None:
        """Wait until the predicate holds; it is asked after every change in the workspace.

        Raises:
            NotSeenError: it does not in time.
        """
        await self.state.bell.find(lambda: predicate() or None, within=within, describe=lambda: what)

    async def call(self, method: str, *, within: float = 10.0) -> LoggedCall:
        """Wait for a call of that method; the newest is returned.

        Raises:
            NotSeenError: there was none.
        """
        return await self.state.bell.find(
            lambda: next(reversed(self.calls.of(method)), None),
            within=within,
            describe=lambda: f"{method} among {[call.method for call in self.calls.all()]}",
        )

    async def use_request_url(self, url: str | None) -> None:
        """Deliver by signed requests to that URL instead of the sockets; None goes back to them."""
        await self.courier.use_request_url(url)

    async def verify_request_url(self) -> bool:
        """Send the `url_verification` challenge."""
        return await self.courier.challenge()

    async def deliver_again(self, answer: Answer) -> Outcome:
        """Deliver the very same payload again: the same envelope, or the same request with the same signature."""
        return await self.courier.deliver(answer.outcome.parcel)

    async def emit(self, event: JsonObject) -> Outcome:
        """Deliver an event, `{"type": ...}`, and again until it is acknowledged."""
        return await self.courier.event(event)

    def revoke_tokens(self) -> None:
        """From now on both tokens are answered `token_revoked`."""
        self.state.revoked |= {self.bot_token, self.app_token}

    def renew_tokens(self) -> None:
        """Revoke both tokens and issue new ones: `bot_token` and `app_token` are others from now on."""
        self.state.renew_tokens()

    def restore_tokens(self) -> None:
        """Take that back."""
        self.state.revoked.clear()

    def begin_outage(self) -> None:
        """Cut every connection, and every new one, until the outage ends."""
        self.faults.outage = True
        self.sockets.cut()

    def end_outage(self) -> None:
        """Serve again."""
        self.faults.outage = False

    def screens(self, viewers: Sequence[Person]) -> str:
        """All channels as each of these people sees them, as plain text."""
        return "\n\n".join(
            viewer.screen(channel)
            for viewer in viewers
            for channel in self.state.channels.values()
            if viewer.id in channel.members
        )
