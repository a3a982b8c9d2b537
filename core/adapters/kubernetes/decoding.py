"""The API server's JSON, decoded into structs that hold only what we use.

That is about 100 times cheaper than the client's typed objects, in time and in memory.
"""

from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct, field

from core.domain.target import Address


class Metadata(Struct, frozen=True, gc=False):
    """Of any object that lives in a namespace."""

    name: str
    namespace: str
    uid: str
    resource_version: str = field(default="", name="resourceVersion")
    deletion_timestamp: str | None = field(default=None, name="deletionTimestamp")


class Kept(Protocol):
    """An object as it is decoded."""

    @property
    def metadata(self) -> Metadata:
        """Its metadata."""
        ...


K = TypeVar("K", bound=Kept)
T = TypeVar("T")


class ListMetadata(Struct, frozen=True, gc=False):
    """Of a list, or of a bookmark."""

    resource_version: str = field(default="", name="resourceVersion")
    continues: str = field(default="", name="continue")


class Listed(Struct, Generic[K], frozen=True, gc=False):
    """A page of a list, as it is decoded."""

    metadata: ListMetadata
    items: list[K] | None = None


class _Versioned(Struct, frozen=True, gc=False):
    metadata: ListMetadata


class _Failure(Struct, frozen=True, gc=False):
    code: int = 0


class EventType(StrEnum):
    """The types of a watch event (apimachinery, ``watch.EventType``)."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"
    ERROR = "ERROR"


class _Event(Struct, frozen=True, gc=False):
    type: EventType
    object: msgspec.Raw


class _Verdict(Struct, frozen=True, gc=False):
    allowed: bool = False


class _Review(Struct, frozen=True, gc=False):
    status: _Verdict = _Verdict()


class _Version(Struct, frozen=True, gc=False):
    git_version: str = field(name="gitVersion")


class Page(Struct, Generic[T], frozen=True, gc=False):
    """A part of a list; ``continues`` is empty on the last one."""

    items: tuple[T, ...]
    continues: str
    version: str


class Event(Struct, Generic[T], frozen=True, gc=False):
    """One line of a watch.

    Attributes:
        version: the resourceVersion to go on from; empty for an error.
        item: of ADDED, MODIFIED and DELETED.
        code: of ERROR: the status that it would have as an answer.
    """

    type: EventType
    version: str = ""
    item: T | None = None
    code: int = 0


_EVENT: Final = msgspec.json.Decoder(_Event)
_VERSIONED: Final = msgspec.json.Decoder(_Versioned)
_FAILURE: Final = msgspec.json.Decoder(_Failure)
_REVIEW: Final = msgspec.json.Decoder(_Review)
_VERSION: Final = msgspec.json.Decoder(_Version)


class Reading(Generic[K, T]):
    """How objects of one kind are read. All of it raises ``msgspec.DecodeError`` for what Kubernetes does not send.

    Args:
        kept: the struct of one.
        listed: the struct of a list of them.
        made: what the struct becomes.
    """

    def __init__(self, kept: type[K], listed: type[Listed[K]], made: Callable[[K], T]) -> None:
        self._one, self._listed = msgspec.json.Decoder(kept), msgspec.json.Decoder(listed)
        self._made = made

    def one(self, body: bytes) -> T:
        """Read one object."""
        return self._made(self._one.decode(body))

    def page(self, body: bytes) -> Page[T]:
        """Read a part of a list."""
        found = self._listed.decode(body)
        items = tuple(map(self._made, found.items or ()))
        return Page(items, found.metadata.continues, found.metadata.resource_version)

    def event(self, line: bytes) -> Event[T]:
        """Read one line of a watch."""
        raw = _EVENT.decode(line)
        if raw.type is EventType.ERROR:
            return Event(raw.type, code=_FAILURE.decode(raw.object).code)
        if raw.type is EventType.BOOKMARK:
            return Event(raw.type, _VERSIONED.decode(raw.object).metadata.resource_version)
        found = self._one.decode(raw.object)
        return Event(raw.type, found.metadata.resource_version, self._made(found))


def allowed(body: bytes) -> bool:
    """Read the answer to a SelfSubjectAccessReview."""
    return _REVIEW.decode(body).status.allowed


def server_version(body: bytes) -> str:
    """Read the answer of ``/version``: ``v1.34.4``."""
    return _VERSION.decode(body).git_version


def address_of(text: str) -> Address | None:
    """Read an address; ``None`` where there is none yet."""
    try:
        return ip_address(text)
    except ValueError:
        return None
