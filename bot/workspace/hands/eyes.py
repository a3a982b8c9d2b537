from collections.abc import Callable

from bot.workspace.channels import Channel
from bot.workspace.directory import User
from bot.workspace.errors import NotPossibleError
from bot.workspace.matching import Matching, matches
from bot.workspace.messages import Message
from bot.workspace.rendering.transcript import render, render_channel, render_view
from bot.workspace.state import State
from bot.workspace.views import View


class Eyes:
    """What a person sees, and how to wait for it."""

    def __init__(self, state: State, user_id: str) -> None:
        self._state = state
        self.id = user_id

    @property
    def user(self) -> User:
        """What the workspace knows of the person now."""
        return self._state.directory.users[self.id]

    @property
    def name(self) -> str:
        """The handle, without the `@`."""
        return self.user.name

    @property
    def app_dm(self) -> Channel:
        """The DM with the app."""
        return self._state.dm_with(self.id)

    @property
    def top_modal(self) -> View | None:
        """The modal that is open now."""
        return self._state.views.top(self.id)

    @property
    def home_tab(self) -> View | None:
        """The app's home tab as last published for this person."""
        return self._state.views.home(self.id)

    def channel(self, channel: Channel | str) -> Channel:
        """A channel the person is in.

        Raises:
            NotPossibleError: there is none of that name, or the person is not in it.
        """
        found = channel if isinstance(channel, Channel) else self._state.channel_named(channel)
        if found is None or self.id not in found.members:
            raise NotPossibleError(f"{self.name} is not in {channel if isinstance(channel, str) else channel.name}")
        return found

    def sees(self, channel: Channel | str) -> list[Message]:
        """The messages in a channel, with those that only this person can see, oldest first."""
        return [
            message
            for message in self.channel(channel).everything
            if not message.deleted and message.ephemeral_to in {None, self.id}
        ]

    def screen(self, channel: Channel | str) -> str:
        """The channel as plain text, in this person's time zone."""
        return render_channel(self.channel(channel), self.user)

    def reads(self, shown: Message | View) -> str:
        """A message or a view as plain text, in this person's time zone."""
        return render(shown, self.user) if isinstance(shown, Message) else render_view(shown, self.app_dm, self.user)

    async def ephemeral(self, matching: Matching = None, *, within: float = 10.0) -> Message:
        """Wait for the newest message that only this person can see.

        Raises:
            NotSeenError: none came.
        """
        return await self._wait(lambda message: message.ephemeral_to == self.id, matching, "an ephemeral", within)

    async def dm(self, matching: Matching = None, *, within: float = 10.0) -> Message:
        """Wait for the newest message in the DM with the app.

        Raises:
            NotSeenError: none came.
        """
        return await self._wait(lambda message: message in self.app_dm.messages, matching, "a DM", within)

    async def modal(self, matching: str = "", *, within: float = 10.0) -> View:
        """Wait until a modal that shows that text is open.

        Raises:
            NotSeenError: none is.
        """
        return await self._view(lambda: self.top_modal, matching, within)

    async def home(self, matching: str = "", *, within: float = 10.0) -> View:
        """Wait until the home tab shows that text.

        Raises:
            NotSeenError: it does not.
        """
        return await self._view(lambda: self.home_tab, matching, within)

    async def _wait(self, meant: Callable[[Message], bool], matching: Matching, what: str, within: float) -> Message:
        def there() -> list[Message]:
            return [message for message in reversed(self._state.timeline) if not message.deleted and meant(message)]

        return await self._state.bell.find(
            lambda: next((message for message in there() if matches(message, matching)), None),
            within=within,
            describe=lambda: (
                f"{what} to {self.name} with {matching!r}; there is:\n"
                + ("\n".join(self.reads(message) for message in there()) or "(nothing)")
            ),
        )

    async def _view(self, look: Callable[[], View | None], matching: str, within: float) -> View:
        def found() -> View | None:
            view = look()
            return view if view is not None and matching in self.reads(view) else None

        def describe() -> str:
            view = look()
            return f"{matching!r} in a view of {self.name}; there is:\n{self.reads(view) if view else '(nothing)'}"

        return await self._state.bell.find(found, within=within, describe=describe)
