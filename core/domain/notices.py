"""What people must be told: rows of the outbox until they are posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Facts: TypeAlias = Mapping[str, str | int | None]
"""What an entry of the log keeps of its moment; plain values, for it is stored as JSON."""


class Audience(StrEnum):
    """Where a notice goes."""

    CARD = "card"
    """Every copy of the card, rendered anew from the mapping's present state; waiting ones coalesce."""
    THREAD = "thread"
    """The card's thread, in order."""
    CHANNEL = "channel"
    """The card's thread, and shown in the channel as well."""
    APPROVERS = "approvers"
    """The thread of the copy in the approvers' channel, shown in that channel as well; else as for ``CHANNEL``."""
    REQUESTER = "requester"
    """A direct message to whoever asked."""


class Topic(StrEnum):
    """What a notice is about; the renderer has one text for each."""

    CARD = "card"
    APPROVED = "approved"
    GRANTED = "granted"
    AMENDED = "amended"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    REMINDER = "reminder"
    LAPSED = "lapsed"
    REFUSED = "refused"
    STALLED = "stalled"
    OPENED = "opened"
    MOVED = "moved"
    WARNING = "warning"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_APPROVED = "extension_approved"
    EXTENSION_DENIED = "extension_denied"
    EXTENDED = "extended"
    INTERRUPTED = "interrupted"
    CALLERS_REFUSED = "callers_refused"
    ENDED = "ended"
    FAILED = "failed"
    REPLACED = "replaced"
    REVOKED = "revoked"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes:
        key: with the mapping's id it makes the dedupe key: the same notice is never told twice.
        facts: what an entry needs beside the mapping's state at the time of posting.
    """

    topic: Topic
    audience: Audience
    key: str
    facts: Facts = field(default_factory=dict)


def card(version: int) -> Notice:
    """Ask for the card to be brought up to date."""
    return Notice(Topic.CARD, Audience.CARD, f"card:{version}")
