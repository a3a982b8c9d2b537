from collections.abc import Sequence
from dataclasses import dataclass

from bot.workspace.wire import JsonObject


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call the app made.

    Attributes:
        method: the Web API method, or `response_url`.
        args: what it was called with, the token left out.
        at: when, in seconds since 1970.
        answer: the body of the response; empty where the connection was cut before anything was done.
    """

    method: str
    args: JsonObject
    at: float
    answer: JsonObject

    @property
    def error(self) -> str | None:
        """Slack's word for what went wrong, or None."""
        return None if self.answer.get("ok") else str(self.answer.get("error", "no answer"))


class CallLog:
    """All calls the app made, oldest first."""

    def __init__(self) -> None:
        self._calls: list[LoggedCall] = []

    def add(self, call: LoggedCall) -> None:
        """Keep one more."""
        self._calls.append(call)

    def all(self) -> Sequence[LoggedCall]:
        """Every call."""
        return tuple(self._calls)

    def of(self, method: str) -> Sequence[LoggedCall]:
        """The calls of one method."""
        return tuple(call for call in self._calls if call.method == method)
