"""What is delivered, and what became of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.workspace.wire import JsonObject


class ParcelKind(StrEnum):
    """The types of Socket Mode envelopes."""

    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


class Status(StrEnum):
    """What became of a delivery; the failures carry the names that Slack shows to people."""

    ACKNOWLEDGED = "acknowledged"
    TIMEOUT = "operation_timeout"
    FAILED = "dispatch_failed"
    CANCELLED = "cancelled"  # the person said no in the confirm dialog: nothing was sent


@dataclass(frozen=True, slots=True)
class Parcel:
    """One payload on its way to the app.

    Attributes:
        sent_at: seconds since 1970; part of the signature, so that a replay is the same to the byte.
        accepts_response: whether the acknowledgement may carry a payload.
        retry: which redelivery it is; 0 for the first delivery.
    """

    kind: ParcelKind
    payload: JsonObject
    sent_at: float
    accepts_response: bool = False
    retry: int = 0
    retry_reason: str = ""
    envelope_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def again(self, reason: str, at: float) -> Parcel:
        """The redelivery of an event: a new envelope around the same payload."""
        return replace(self, retry=self.retry + 1, retry_reason=reason, sent_at=at, envelope_id=str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a parcel.

    Attributes:
        latency: seconds from sending to the acknowledgement, or to giving up.
        payload: what the acknowledgement carried.
        carrier: the id of the socket that took it, or the request URL.
        no_retry: the app asked not to be sent it again (`X-Slack-No-Retry`).
        reason: why it will be sent again, in the words of `X-Slack-Retry-Reason`.
    """

    parcel: Parcel
    status: Status
    latency: float = 0.0
    payload: JsonObject | None = None
    carrier: str = ""
    no_retry: bool = False
    reason: str = ""

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged it in time."""
        return self.status is Status.ACKNOWLEDGED


class Carrier(Protocol):
    """Takes a parcel to the app."""

    async def deliver(self, parcel: Parcel) -> Outcome:
        """Deliver it once and wait for the acknowledgement."""
        ...
