"""A mapping as REST v2 shows it, as far as this side reads it; fields that are unknown here are passed over."""

from datetime import datetime
from functools import cached_property
from typing import Final, TypeVar

import msgspec

from bot.client.errors import StrangeAnswer

PENDING: Final = frozenset({"requested", "approved"})
"""States from which it may yet become open."""
OPEN: Final = "open"


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """What it leads to."""

    namespace: str
    name: str
    port: int | str | None = None
    port_name: str | None = None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" + (f":{self.port}" if self.port is not None else "")


class Approvals(msgspec.Struct, frozen=True, kw_only=True):
    """Whose leave it needs, and has."""

    needed: int = 0
    by: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """How many have yet to agree."""
        return max(0, self.needed - len(self.by))


class ExtensionView(msgspec.Struct, frozen=True, kw_only=True):
    """More time that somebody asked for."""

    by_seconds: int
    asker: str | None = None
    approvals: Approvals = Approvals()


class EndingView(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended."""

    cause: str
    by: str | None = None
    at: datetime | None = None
    detail: str | None = ""


class TrafficView(msgspec.Struct, frozen=True, kw_only=True):
    """What went through; lower bounds where it is not ``complete``."""

    connections: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    callers: tuple[str, ...] = ()
    complete: bool = True


class MappingView(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping; what the caller may not see is ``None``."""

    id: str
    state: str
    target: TargetView | None = None
    requester: str | None = None
    host: str = ""
    port: int | None = None
    sources: tuple[str, ...] | None = None
    reason: str | None = None
    ttl_seconds: int | None = None
    requested_at: datetime | None = None
    pending_until: datetime | None = None
    expires_at: datetime | None = None
    approvals: Approvals = Approvals()
    extension: ExtensionView | None = None
    trouble: str | None = None
    ending: EndingView | None = None
    traffic: TrafficView | None = None

    @property
    def endpoint(self) -> str:
        """``HOST:PORT`` to connect to; "" where it holds no port."""
        if self.port is None:
            return ""
        return f"[{self.host}]:{self.port}" if ":" in self.host.strip("[]") else f"{self.host}:{self.port}"


class Told:
    """A mapping as the server told it: the very bytes, and read."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @cached_property
    def view(self) -> MappingView:
        """Read it.

        Raises:
            StrangeAnswer: it is no mapping.
        """
        return read(self.raw, MappingView)


class Page(msgspec.Struct, frozen=True):
    """A part of a list; ``next`` is where the following part begins."""

    items: list[msgspec.Raw]
    next: str | None = None


StructT = TypeVar("StructT", bound=msgspec.Struct)


def read(raw: bytes, kind: type[StructT]) -> StructT:
    """Read an answer.

    Raises:
        StrangeAnswer: it is something else.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as exc:
        raise StrangeAnswer(str(exc)) from exc
