"""A mapping: a person's time-limited right to reach a target through one listening port. The unit of life."""

import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from core.domain.errors import BadInput, PodProxierError
from core.domain.notices import Facts, Notice, card
from core.domain.people import Actor, GroupId, Person, Requester
from core.domain.route import Probe, Route
from core.domain.sources import Sources
from core.domain.states import LIVE, TRANSITIONS, Event, State
from core.domain.target import Address, Endpoint, Target

MappingId = NewType("MappingId", int)
Terms = NewType("Terms", int)
"""Raised by whatever changes what a button would agree to; a button drawn for other terms is refused."""

UNSAVED: Final = MappingId(0)
_REFERENCE: Final = re.compile(r"([m#]?)0*([0-9]{1,18})")


def show_id(mapping_id: MappingId) -> str:
    """Write an id as people see it: ``m42`` cannot be taken for a port."""
    return f"m{mapping_id}"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a person names a mapping by: its listening port, or its id."""

    port: int | None = None
    mapping_id: MappingId | None = None

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read ``10004``, ``m42`` or ``#42``.

        Raises:
            BadInput: neither a port nor an id.
        """
        found = _REFERENCE.fullmatch(text.strip().lower())
        if found is None:
            raise BadInput(text, f"{text!r} is neither a port nor an id", example="10004 or m42")
        number = int(found[2])
        return cls(mapping_id=MappingId(number)) if found[1] else cls(port=number)

    def __str__(self) -> str:
        return f"port {self.port}" if self.mapping_id is None else show_id(self.mapping_id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was asked: a channel's id, as Slack gave it; ``direct`` for a conversation with the bot alone."""

    channel: str
    direct: bool = False


NOWHERE: Final = Place("")
"""Where nobody is told: it was asked over REST, and no channel is there to show it."""
IN_PERSON: Final = Place("", direct=True)
"""A direct message to whoever asked over REST; which conversation that is shows when it is opened."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's agreement.

    Attributes:
        groups: those of the rule's sets of approvers that the person belonged to then.
    """

    person: Person
    at: datetime
    groups: frozenset[GroupId] = frozenset()


@dataclass(frozen=True, slots=True)
class Extension:
    """More time that somebody asked for and others have to agree to."""

    by: timedelta
    asker: Requester
    asked_at: datetime
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """What was asked for first, where an approver lets through less; nothing wider is ever let through.

    Attributes:
        by: whoever changed it last.
        port: target port.
    """

    by: Person
    at: datetime
    ttl: timedelta
    sources: Sources
    port: int


class Cause(StrEnum):
    """Why a mapping ended, or why a request came to nothing."""

    EXPIRED = "expired"
    CLOSED = "closed"
    TARGET_GONE = "target_gone"
    OPEN_FAILED = "open_failed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended.

    Attributes:
        detail: more on the cause, for people: why the target is gone, what kept the port from opening.
    """

    cause: Cause
    by: Actor
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an approved mapping is not open yet; ``probe`` where the gateway tried the pod, else the gateway is away."""

    since: datetime
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went through a mapping while it lived.

    Attributes:
        bytes_in: from the callers to the pod.
        bytes_out: from the pod to the callers.
        callers: addresses that connected.
        complete: ``False`` where the gateway restarted meanwhile, so that these are lower bounds.
    """

    connections: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    callers: tuple[Address, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Baseline:
    """The port's counters when this mapping opened, in the gateway's life ``epoch``; subtracted at the end.

    ``partial`` where the gateway restarted while the mapping was open, so that what came before is not counted.
    """

    epoch: str
    connections: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    callers: Dict[Address, int] = field(default_factory=dict)
    refused: Dict[Address, int] = field(default_factory=dict)
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One mapping, at one version of its row.

    Attributes:
        version: of the row; every change is a compare-and-set on it.
        target: with its port settled as a number; ``port_name`` is the name it was found under, "" for none.
        endpoint: what the target resolved to; its UID is bound when asked and never changes.
        ttl: of the request; the clock starts when the port opens.
        port: listening port; ``None`` until granted.
        probe: whether the port is tried before "open" is said.
        amendment: what was asked for before an approver changed it; ``None``: what stands here.
        forbidden: why the policy in force does not permit it, though it is open; "" where it does.
        unreachable: of whom nobody could be reached when it was asked for: names of sets, "" for any approver.
        pending_until: a request lapses then.
        reminders: when to remind the approvers, of those moments that are yet to come.
        open_by: an approved mapping that is not open by then has failed.
        expires_at: whole UTC seconds; the end as decided.
        enforced_until: the end that the gateway was last known to hold; what people are told.
        warn_at: when to warn; ``None`` once done, and where none is due.
        refusals_told: callers' addresses whose refusal was told in the thread.
        void_votes: approvals that count no longer, for whoever gave them may not approve any more.
    """

    id: MappingId = UNSAVED
    version: int = 0
    requester: Requester
    target: Target
    port_name: str = ""
    endpoint: Endpoint
    sources: Sources
    reason: str = ""
    ttl: timedelta
    place: Place
    approvers_channel: str | None = None
    state: State = State.REQUESTED
    terms: Terms = Terms(1)
    votes: tuple[Vote, ...] = ()
    void_votes: tuple[Vote, ...] = ()
    amendment: Amendment | None = None
    extension: Extension | None = None
    port: int | None = None
    probe: bool = False
    unreachable: str | None = None
    forbidden: str = ""
    requested_at: datetime
    pending_until: datetime
    reminders: tuple[datetime, ...] = ()
    approved_at: datetime | None = None
    open_by: datetime | None = None
    trouble: Trouble | None = None
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    enforced_until: datetime | None = None
    warn_at: datetime | None = None
    baseline: Baseline | None = None
    refusals_told: tuple[Address, ...] = ()
    ending: Ending | None = None
    traffic: Traffic | None = None

    @property
    def live(self) -> bool:
        """Whether something can still happen to it."""
        return self.state in LIVE

    @property
    def shown(self) -> bool:
        """Whether there is any place where people see it."""
        return self.place != NOWHERE or self.approvers_channel is not None

    @property
    def due_at(self) -> datetime | None:
        """When to look at it again; the timers and the sweep live by this."""
        match self.state:
            case State.REQUESTED:
                return min((*self.reminders, self.pending_until))
            case State.APPROVED:
                return self.open_by
            case State.OPEN:
                return min((t for t in (self.warn_at, self.expires_at) if t), default=None)
            case _:
                return None

    def route(self, until: datetime) -> Route:
        """What a gateway has to do for it.

        Raises:
            ValueError: it holds no port.
        """
        if self.port is None:
            raise ValueError(f"{show_id(self.id)} holds no port")
        return Route(self.port, self.endpoint, self.sources, until)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a pure function decided: the next mapping, what happened, and what people must be told.

    Attributes:
        before: the state it was in; ``None`` where the mapping is new.
        detail: more for the audit entry; plain values.
        origin: by which door it came, where the actor does not tell.
    """

    mapping: Mapping
    event: Event
    actor: Actor
    at: datetime
    before: State | None
    notices: tuple[Notice, ...] = ()
    detail: Facts = field(default_factory=dict)
    origin: str | None = None


class WrongState(PodProxierError):
    """What was wanted cannot happen in this state.

    Carries the mapping, whose ``ending`` and ``votes`` tell who brought it there.
    """

    def __init__(self, mapping: Mapping, event: Event) -> None:
        super().__init__(f"{show_id(mapping.id)} is {mapping.state}: {event} is not possible any more")
        self.mapping, self.event = mapping, event


class Stale(PodProxierError):
    """A button was drawn for other terms than those in force."""

    def __init__(self, mapping: Mapping, drawn: Terms) -> None:
        super().__init__(f"{show_id(mapping.id)} has changed since this button was drawn")
        self.mapping, self.drawn = mapping, drawn


def allowed(mapping: Mapping, event: Event) -> State:
    """Look up where an event leads.

    Raises:
        WrongState: nowhere, from the state it is in.
    """
    try:
        return TRANSITIONS[mapping.state, event]
    except KeyError:
        raise WrongState(mapping, event) from None


def step(
    changed: Mapping,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    notices: tuple[Notice, ...] = (),
    redraw: bool = True,
    detail: Facts | None = None,
) -> Decision:
    """Take one step of the table.

    ``changed`` is the next mapping but for its state and version, which are set here. With ``redraw``, every copy of
    the card is to be brought up to date as well.

    Raises:
        WrongState: the table has no such step.
    """
    after = replace(changed, state=allowed(changed, event), version=changed.version + 1)
    told = (*notices, card(after.version)) if redraw else notices
    return Decision(after, event, actor, now, changed.state, told, detail or {})
