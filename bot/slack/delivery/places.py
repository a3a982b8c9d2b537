"""Where a mapping is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.mapping import NOWHERE, Mapping
from core.domain.states import State
from core.interfaces import Post, PostRole


@dataclass(frozen=True, slots=True)
class Places:
    """The messages that show a mapping, and those that ought to.

    Attributes:
        posts: in the order they were posted.
    """

    mapping: Mapping
    posts: Sequence[Post]

    @property
    def home(self) -> Post | None:
        """The card where it was asked."""
        return self._find(PostRole.CARD, at_home=True)

    @property
    def direct(self) -> Post | None:
        """What the requester got in its stead, as a direct message: the card, or word that the bot is not in there."""
        return self._find(PostRole.CARD, at_home=False)

    @property
    def copy(self) -> Post | None:
        """The card in the approvers' channel."""
        return self._find(PostRole.COPY, at_home=False)

    @property
    def thread(self) -> Post | None:
        """The message whose thread is the log."""
        return self.home or self.direct or self.copy

    @property
    def copy_channel(self) -> str | None:
        """The approvers' channel, where that is another place than the one where it was asked."""
        channel = self.mapping.approvers_channel
        return channel if channel != self.mapping.place.channel else None

    @property
    def channels_to_join(self) -> Sequence[str]:
        """Where somebody could decide if only the bot were in; the one where it was asked comes first."""
        place = self.mapping.place
        asked_in = () if place.direct or place == NOWHERE else (place.channel,)
        return (*asked_in, self.copy_channel) if self.copy_channel else asked_in

    @property
    def undecided(self) -> bool:
        """Whether somebody has to see a card to decide."""
        return self.mapping.state is State.REQUESTED

    @property
    def settled_elsewhere(self) -> bool:
        """Whether the requester has the card as a direct message, and nobody needs it where it was asked."""
        return self.home is None and self.direct is not None and (self.copy is not None or not self.undecided)

    def _find(self, role: PostRole, *, at_home: bool) -> Post | None:
        asked_in = self.mapping.place.channel
        return next((p for p in self.posts if p.role is role and (p.channel == asked_in) is at_home), None)
