"""The life of a mapping, as one table. Everything not in the table is an error."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a mapping is in its life."""

    REQUESTED = "requested"
    APPROVED = "approved"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REFUSED = "refused"


class Event(StrEnum):
    """What happens to a mapping."""

    REQUEST = "request"
    APPROVE = "approve"
    GRANT = "grant"
    AMEND = "amend"
    DENY = "deny"
    WITHDRAW = "withdraw"
    REMIND = "remind"
    LAPSE = "lapse"
    OPENED = "opened"
    STALL = "stall"
    RETRY = "retry"
    OPEN_FAILED = "open_failed"
    RETARGET = "retarget"
    TARGET_GONE = "target_gone"
    ENFORCED = "enforced"
    WARN = "warn"
    CALLERS_REFUSED = "callers_refused"
    ASK_EXTENSION = "ask_extension"
    APPROVE_EXTENSION = "approve_extension"
    DENY_EXTENSION = "deny_extension"
    EXTEND = "extend"
    EXPIRE = "expire"
    CLOSE = "close"
    REVOKE = "revoke"
    FORBIDDEN = "forbidden"
    PERMITTED = "permitted"
    CUT = "cut"
    CUT_UNOPENED = "cut_unopened"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.REQUESTED, Event.APPROVE): State.REQUESTED,  # one of several
    (State.REQUESTED, Event.GRANT): State.APPROVED,  # the last approval, or none was needed
    (State.REQUESTED, Event.RETARGET): State.REQUESTED,  # the same pod has another address now
    (State.REQUESTED, Event.AMEND): State.REQUESTED,  # less than was asked for; earlier approvals fall
    (State.REQUESTED, Event.DENY): State.DENIED,
    (State.REQUESTED, Event.WITHDRAW): State.WITHDRAWN,
    (State.REQUESTED, Event.REMIND): State.REQUESTED,  # nobody has decided for a while
    (State.REQUESTED, Event.LAPSE): State.LAPSED,
    (State.REQUESTED, Event.TARGET_GONE): State.REFUSED,
    (State.REQUESTED, Event.REVOKE): State.REFUSED,  # by an operator, with everything else
    (State.APPROVED, Event.OPENED): State.OPEN,
    (State.APPROVED, Event.STALL): State.APPROVED,  # the gateway is away, or the pod does not answer the probe
    (State.APPROVED, Event.RETRY): State.APPROVED,
    (State.APPROVED, Event.RETARGET): State.APPROVED,
    (State.APPROVED, Event.OPEN_FAILED): State.CLOSING,
    (State.APPROVED, Event.TARGET_GONE): State.CLOSING,
    (State.APPROVED, Event.CLOSE): State.CLOSING,
    (State.APPROVED, Event.REVOKE): State.CLOSING,
    (State.APPROVED, Event.FORBIDDEN): State.APPROVED,  # by a new policy, which does not close what is open
    (State.APPROVED, Event.PERMITTED): State.APPROVED,
    (State.OPEN, Event.ENFORCED): State.OPEN,  # the gateway holds the new end
    (State.OPEN, Event.WARN): State.OPEN,
    (State.OPEN, Event.CALLERS_REFUSED): State.OPEN,
    (State.OPEN, Event.RETARGET): State.OPEN,
    (State.OPEN, Event.ASK_EXTENSION): State.OPEN,
    (State.OPEN, Event.APPROVE_EXTENSION): State.OPEN,
    (State.OPEN, Event.DENY_EXTENSION): State.OPEN,
    (State.OPEN, Event.EXTEND): State.OPEN,
    (State.OPEN, Event.EXPIRE): State.CLOSING,
    (State.OPEN, Event.CLOSE): State.CLOSING,
    (State.OPEN, Event.REVOKE): State.CLOSING,
    (State.OPEN, Event.FORBIDDEN): State.OPEN,
    (State.OPEN, Event.PERMITTED): State.OPEN,
    (State.OPEN, Event.TARGET_GONE): State.CLOSING,
    (State.CLOSING, Event.CUT): State.CLOSED,
    (State.CLOSING, Event.CUT_UNOPENED): State.FAILED,
}

HOLDING: Final = frozenset({State.APPROVED, State.OPEN, State.CLOSING})
"""States in which a mapping holds its port."""

FRUITLESS: Final = frozenset({State.FAILED, State.DENIED, State.WITHDRAWN, State.LAPSED, State.REFUSED})
"""States of what is over and was never open."""

LIVE: Final = HOLDING | {State.REQUESTED}
"""States from which something can still happen."""
