"""Faults to order: what the next calls of a method meet."""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.workspace.wire import JsonObject

EVERY_METHOD = "*"
RESPONSE_URL = "response_url"


class Harm(StrEnum):
    """What a fault does to a call."""

    ERROR = "an answer that is not ok"
    RATE_LIMIT = "429 with Retry-After"
    DROP_BEFORE = "the connection is cut, nothing was done"
    DROP_AFTER = "it is done, then the connection is cut"
    HANG = "it is done, but late"
    STATUS = "an HTTP status that Slack does not explain"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and how many calls it is still for."""

    method: str
    harm: Harm
    times: int
    error: str = ""
    fields: JsonObject | None = None
    seconds: float = 0.0
    status: int = 200


class Faults:
    """The faults in stock. Methods are named as in the Web API; `*` is any, `response_url` the response URLs."""

    def __init__(self) -> None:
        self._stock: list[Fault] = []
        self.outage = False

    def fail(self, method: str, error: str, *, times: int = 1, **fields: object) -> None:
        """The next calls are answered with this error; `fields` come along in the body."""
        self._stock.append(Fault(method, Harm.ERROR, times, error=error, fields=dict(fields)))

    def rate_limit(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """The next calls are answered 429, `Retry-After` so many seconds."""
        self._stock.append(Fault(method, Harm.RATE_LIMIT, times, seconds=retry_after))

    def drop_before(self, method: str, *, times: int = 1) -> None:
        """The next calls lose their connection before anything is done."""
        self._stock.append(Fault(method, Harm.DROP_BEFORE, times))

    def drop_after(self, method: str, *, times: int = 1) -> None:
        """The next calls are done, and then lose their connection: the app cannot know."""
        self._stock.append(Fault(method, Harm.DROP_AFTER, times))

    def hang(self, method: str, seconds: float, *, times: int = 1) -> None:
        """The next calls are done and answered only after so many seconds."""
        self._stock.append(Fault(method, Harm.HANG, times, seconds=seconds))

    def status(self, method: str, status: int = 500, *, times: int = 1) -> None:
        """The next calls are answered with an HTTP status and a page of HTML."""
        self._stock.append(Fault(method, Harm.STATUS, times, status=status))

    def clear(self) -> None:
        """Forget all of them."""
        self._stock.clear()

    def take(self, method: str) -> Fault | None:
        """The fault this call meets; the oldest in stock comes first."""
        for index, fault in enumerate(self._stock):
            if fault.method in {method, EVERY_METHOD}:
                left = replace(fault, times=fault.times - 1)
                self._stock[index : index + 1] = [left] if left.times else []
                return fault
        return None
