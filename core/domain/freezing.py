"""Everything stopped at once: a freeze, and what an operator's revoking makes of a mapping. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.domain.mapping import Cause, Decision, Ending, Mapping, step
from core.domain.notices import Audience, Facts, Notice, Topic
from core.domain.people import Actor, Requester
from core.domain.refusals import Refused
from core.domain.states import Event, State

REVOCABLE: Final = frozenset({State.REQUESTED, State.APPROVED, State.OPEN})
"""What can be revoked; all else is over, or ends already."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing is opened, granted or extended from now on, until an operator thaws it; a row, of which there is one."""

    by: Requester
    at: datetime
    reason: str = ""


class Frozen(Refused):
    """Everything is frozen; carries by whom and why."""

    def __init__(self, freeze: Freeze) -> None:
        super().__init__(f"everything is frozen by {freeze.by}" + (f": {freeze.reason}" if freeze.reason else ""))
        self.freeze = freeze
        self.hint = "an operator can thaw it"


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be revoked, by whom and why.

    Attributes:
        namespace: ``None``: everywhere.
    """

    by: Actor
    reason: str = ""
    namespace: str | None = None

    def takes(self, mapping: Mapping) -> bool:
        """Whether a mapping is among it."""
        return mapping.state in REVOCABLE and self.namespace in {None, mapping.target.namespace}

    def revoke(self, mapping: Mapping, now: datetime) -> Decision:
        """End a mapping, or refuse a request that waits; whoever asked is told.

        Raises:
            WrongState: it is over, or ends already.
        """
        ended = replace(mapping, ending=Ending(Cause.REVOKED, self.by, now, self.reason))
        facts: Facts = {"by": str(self.by), "why": self.reason}
        waits = mapping.state is State.REQUESTED
        told = [Notice(Topic.REVOKED, Audience.THREAD, "revoked", facts)] if waits else []
        if mapping.requester != self.by:
            told.append(Notice(Topic.REVOKED, Audience.REQUESTER, "revoked:dm", facts))
        detail: Facts = {"why": self.reason} if self.reason else {}
        return step(ended, Event.REVOKE, self.by, now, notices=tuple(told), detail=detail)
