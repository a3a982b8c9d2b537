from dataclasses import dataclass
from typing import Final

from bot.workspace.clock import Clock
from bot.workspace.errors import ApiError
from bot.workspace.identifiers import Mint

LIFETIME: Final = 3.0
"""Seconds in which a trigger id opens a view. https://docs.slack.dev/interactivity/handling-user-interaction"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The right to show one view to the person who just did something.

    Attributes:
        view_id: the modal in which they did it, if it was one.
    """

    user_id: str
    issued_at: float
    view_id: str | None = None


class Triggers:
    """Trigger ids: each is good once, for three seconds."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock = clock
        self._mint = mint
        self._issued: dict[str, Trigger] = {}
        self._exchanged: set[str] = set()

    def issue(self, user_id: str, view_id: str | None = None) -> str:
        """A fresh trigger id for what the person just did."""
        trigger_id = self._mint.trigger()
        self._issued[trigger_id] = Trigger(user_id, self._clock.time(), view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger id up.

        Raises:
            ApiError: it is unknown, was used before, or is older than three seconds.
        """
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger_id in self._exchanged:
            raise ApiError("exchanged_trigger_id")
        if self._clock.time() - trigger.issued_at > LIFETIME:
            raise ApiError("expired_trigger_id")
        self._exchanged.add(trigger_id)
        return trigger
