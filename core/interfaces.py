"""The few things the core needs from outside, each named for the need.

Adapters live in ``core.adapters`` (and, for what only Slack can say, in ``bot.slack``); every interface has an
in-memory twin in ``core.adapters.memory`` that passes the same contract suite.

An adapter with work of its own in the background is an asynchronous context manager: entering starts it, leaving
stops it.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import Final, Literal, Protocol, Self

from core.domain.erasing import Erasure
from core.domain.freezing import Freeze
from core.domain.mapping import Decision, Mapping, MappingId, Reference
from core.domain.names import Roll
from core.domain.notices import Audience, Facts, Topic
from core.domain.people import Actor, GroupId, Person, Profile, Requester, UserId
from core.domain.pod import Pod
from core.domain.port_pool import PortUse
from core.domain.record import AuditEntry, Note, Origin
from core.domain.route import Applied, Observation, Ports, Probe, Rejections, Route, Usage
from core.domain.service import Catalogue, ServiceRef
from core.domain.standing import Change, StandingPort
from core.domain.states import State
from core.domain.target import Endpoint, PodRef
from core.domain.verifying import Seal


class Gateway(Protocol):
    """One HAProxy instance: listening ports that can be led to endpoints without a reload.

    Every verb has a deadline, is idempotent, and is serialised per port inside the adapter. A gateway that was just
    started, or restarted by anybody, serves nothing until it is told to.

    All verbs raise:
        GatewayUnreachable: no answer in time. What was asked may or may not have been done.
        GatewayRefused: it answered, and reading back shows another state than the one asked for.
    """

    @property
    def ports(self) -> Ports:
        """The listening ports it has slots for: the mappings', and where there are any the entry port, the Services'.

        The entry port is a slot as well, but leads its callers to the bot's own API while it is shut. Whom an open
        one does not admit is turned away there, too. A cut, and what is counted, are of its mapping alone.
        """
        ...

    async def epoch(self) -> str:
        """Name the present life of the gateway's process; cheap enough to ask four times a second."""
        ...

    async def observe(self) -> Observation:
        """Read the state of every slot."""
        ...

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route: grant, move, extend, or change its sources.

        Nobody ever reaches an endpoint other than the one in force. A change of ``until`` or of ``sources`` alone
        leaves live connections alone (those of callers no longer admitted included); a change of endpoint cuts them.

        Raises:
            NoSlot: the port is none of its own.
        """
        ...

    async def close(self, port: int) -> None:
        """Shut a port and cut what is on it; returns when nothing is left.

        Raises:
            StillConnected: sessions are left in spite of it; ask again.
            NoSlot: the port is none of its own, so that nobody can be on it.
        """
        ...

    async def resync(self, routes: Collection[Route]) -> None:
        """Make the whole gateway serve these routes and nothing else, in bulk; connections of unchanged routes live on.

        A route that ``apply`` would refuse is left out, so that the others are served.

        Raises:
            StillConnected: sessions are left on a port that is in no route; the routes are in force all the same.
        """
        ...

    async def usage(self, port: int) -> Usage:
        """Read a port's counters; they run on from mapping to mapping until the process ends."""
        ...

    async def refused(self) -> Rejections:
        """Say whom it turned away, on all ports at once; cheap enough to ask every few seconds."""
        ...

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Try once, from where the gateway stands, whether the endpoint accepts a TCP connection."""
        ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """A followed pod as it is now; ``pod`` is ``None`` where there is no pod of that name any more."""

    ref: PodRef
    pod: Pod | None


class Cluster(Protocol):
    """Where pods are looked up and watched.

    All asynchronous verbs raise:
        ClusterUnreachable: no answer in time.
        ClusterUnauthorized: our credentials are not accepted.
        ClusterForbidden: a permission is missing; says which.
    """

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now.

        Raises:
            PodNotFound: there is none of that name.
        """
        ...

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's pods, for suggestions; sorted by name."""
        ...

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these pods, and no others, from now on.

        The cost grows with their namespaces, not with the cluster.
        """
        ...

    def sightings(self) -> AsyncIterator[Sighting]:
        """Yield the present state of each followed pod once after ``follow`` and after every relist, then each change.

        Never ends and never raises for a failing API server: it backs off, relists, and says so in the log and metrics.
        One consumer at a time.
        """
        ...


class Names(Protocol):
    """What pods there are, from memory, suggested at each letter that somebody types; costs nothing until then."""

    def want_names(self, globs: Collection[str]) -> None:
        """Remember the pods of the namespaces that these match (``fnmatch``), and no others; cheap when repeated.

        They are known some time after it, each namespace once it was read in full, and for an hour; then all of it is
        forgotten, unless it was wanted again. A namespace may stay unknown: it may not be read, or there is no room.
        """
        ...

    def known_namespaces(self) -> Collection[str]:
        """List the wanted namespaces whose pods are remembered; an empty one may be left out."""
        ...

    def roll(self, namespace: str) -> Roll | None:
        """Return a namespace's pods that are not over, as they were seen last; ``None`` where they are not known."""
        ...


NOWHERE_YET: Final[Dict[ServiceRef, Endpoint]] = MappingProxyType({})


class Services(Protocol):
    """Where Services are watched, for the standing ports that lead to them."""

    def follow_services(
        self, namespaces: Collection[str], port_name: str, kept: Dict[ServiceRef, Endpoint] = NOWHERE_YET
    ) -> None:
        """Report on these namespaces' Services that have a TCP port of this name, and no others, from now on.

        ``_`` and ``-`` in the name are the same. A namespace that was followed for the same name stays as it was read;
        another name begins anew, so that nothing is known until it was read for that one. ``kept`` says where headless
        Services led before this process looked: what is ready there stays chosen.
        """
        ...

    def catalogues(self) -> AsyncIterator[Catalogue]:
        """Yield the whole picture once it is known of a namespace, and after each change; at most about five a second.

        A namespace is not ``known`` before it was read in full. One whose watch broke stays known, with its Services as
        they were last seen, until a relist says otherwise; one that is no longer followed is in no later picture.
        Never ends and never raises for a failing API server. One consumer at a time; a new one begins with the present
        picture.
        """
        ...


# -- the database -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was asked and not done; it makes no mapping, but one entry of the audit.

    Attributes:
        what: the verb that was refused: ``request``, ``approve``, ``extend``, ...
        why: the class name of the error that was raised.
        origin: by which door it came, where the actor does not tell.
    """

    at: datetime
    actor: Actor
    what: str
    why: str
    mapping_id: MappingId | None = None
    detail: Facts = field(default_factory=dict)
    origin: str | None = None

    @property
    def note(self) -> Note:
        """What the record has of it."""
        namespace, slash, _ = str(self.detail.get("target") or "").partition("/")
        return Note(
            self.at,
            self.actor,
            f"refused:{self.what}",
            self.mapping_id,
            namespace=namespace if slash else None,
            detail={**self.detail, "why": self.why},
            origin=None if self.origin is None else Origin(self.origin),
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which mappings are wanted: those of which all of this is true; what is left out does not matter.

    Attributes:
        states: one of these; empty: any.
        live: whether something can still happen to it.
    """

    states: frozenset[State] = frozenset()
    live: bool | None = None
    namespace: str | None = None
    name: str | None = None
    requester: Requester | None = None
    port: int | None = None


class Mappings(Protocol):
    """The mappings, as rows. Only ``UnitOfWork.record`` writes them."""

    async def get(self, mapping_id: MappingId) -> Mapping:
        """Read one.

        Raises:
            NoSuchMapping: there is none of that id.
        """
        ...

    async def find(self, reference: Reference) -> Mapping:
        """Read the one that holds a port, or the one of an id.

        Raises:
            NoSuchMapping: nothing holds the port, or there is none of that id.
        """
        ...

    async def live(self, requester: Requester | None = None, pod: PodRef | None = None) -> Sequence[Mapping]:
        """List everything requested, approved, open or closing, by id.

        Args:
            requester: only what they asked for.
            pod: only what leads to it.
        """
        ...

    async def page(self, wanted: Filter, after: MappingId | None, limit: int) -> Sequence[Mapping]:
        """List some, newest first; costs the same however many there are.

        Args:
            wanted: which.
            after: only what is older than this one.
            limit: so many at the most.
        """
        ...

    async def count_live(self) -> Dict[State, int]:
        """Count the live ones by state; a state that none is in is left out."""
        ...

    async def live_versions(self) -> Dict[MappingId, int]:
        """Say which are live, and at what version; cheap, for whoever remembers what they said before."""
        ...

    async def due(self, now: datetime) -> Sequence[Mapping]:
        """List the live ones whose ``due_at`` has come; uses an index, for it is asked every second."""
        ...

    async def port_uses(self) -> Sequence[PortUse]:
        """Say, for every port ever used, who used it last; cheap however long the history is."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the outbox.

    Attributes:
        attempts: sends that were tried and failed so far.
        not_before: when to try next.
    """

    id: int
    mapping_id: MappingId
    topic: Topic
    audience: Audience
    facts: Facts
    created_at: datetime
    not_before: datetime
    attempts: int = 0


class Outbox(Protocol):
    """Notices on their way: a row until it is posted, then kept as done."""

    async def waiting(self, now: datetime, limit: int = 200) -> Sequence[Entry]:
        """List what may be posted now, oldest first.

        Where an entry of a mapping still waits for its next try, later ones of the same mapping are held back, so that
        they are told in order.
        """
        ...

    async def done(self, ids: Collection[int], now: datetime) -> None:
        """Mark as posted, or as overtaken by what was posted."""
        ...

    async def postpone(self, entry_id: int, until: datetime, why: str) -> None:
        """Try again later; counts an attempt."""
        ...

    async def bury(self, entry_id: int, why: str, now: datetime) -> None:
        """Give up: a dead letter, kept with its reason."""
        ...

    async def oldest(self) -> datetime | None:
        """When the oldest waiting entry was made; ``None`` where nothing waits."""
        ...


class PostRole(StrEnum):
    """What a posted message is to its mapping."""

    CARD = "card"
    """In the place where it was asked, or a direct message in its stead; its thread is the log."""
    COPY = "copy"
    """In the approvers' channel."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was posted, so that it can be updated."""

    mapping_id: MappingId
    role: PostRole
    channel: str
    ts: str


class Posts(Protocol):
    """Every message that shows a mapping."""

    async def of(self, mapping_id: MappingId) -> Sequence[Post]:
        """List the messages of a mapping, in the order they were posted."""
        ...

    async def put(self, post: Post) -> None:
        """Remember a message; one for each mapping, role and channel: a later one takes the earlier one's place."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of the record are wanted: those of which all of this is true; what is left out does not matter.

    Attributes:
        person: who did it, or whose mapping it is about: ``slack:T0/U1``, ``rest:NAME``, or a user's id alone.
        event: its name; ``*`` at the end stands for anything.
        since: at or after this moment.
        until: before this one.
    """

    person: str | None = None
    namespace: str | None = None
    event: str | None = None
    mapping_id: MappingId | None = None
    since: datetime | None = None
    until: datetime | None = None


class Audit(Protocol):
    """The record of everything that was decided or refused; append-only, each entry chained to the one before."""

    async def of(self, mapping_id: MappingId) -> Sequence[AuditEntry]:
        """List a mapping's entries, oldest first."""
        ...

    async def since(self, after: int, limit: int = 500) -> Sequence[AuditEntry]:
        """List the entries with an id above ``after``, oldest first: what changed since somebody last looked."""
        ...

    async def latest(self, limit: int = 100) -> Sequence[AuditEntry]:
        """List the latest entries of all, newest first."""
        ...

    async def search(
        self, wanted: Wanted, after: int = 0, limit: int = 500, *, newest: bool = False
    ) -> Sequence[AuditEntry]:
        """List some of the entries with an id above ``after``: the oldest, or the newest first."""
        ...

    async def sealed(self) -> Seal:
        """Say where the record begins."""
        ...

    async def enter(self, note: Note) -> None:
        """Enter what is no decision on a mapping: what was done to the record itself, for one."""
        ...


class Upkeep(Protocol):
    """What may be taken out of the database: it leaves the chain of the record as it is.

    Each verb takes no more than ``limit`` rows at a time, and says how many it took: nobody waits long for it.
    """

    async def erase(self, erasure: Erasure, limit: int) -> Sequence[int]:
        """Erase what stands beside entries; returns the entries' numbers."""
        ...

    async def scrub(self, erasure: Erasure, limit: int) -> int:
        """Erase the same of mappings that are over, and of what was told of them; live ones stay as they are."""
        ...

    async def end_before(self, moment: datetime) -> Seal | None:
        """Find the last entry that only such from before this moment precede; ``None`` where nothing new is."""
        ...

    async def seal(self, seal: Seal, at: datetime) -> None:
        """Let entries up to this one be removed; an entry that tells of it has to be there already."""
        ...

    async def remove(self, limit: int) -> int:
        """Remove entries below the last seal, the oldest first, with what stands beside them."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Forget what was told before this moment, and where, of mappings that are over."""
        ...


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What is posted of no mapping, once for each kind and period.

    Attributes:
        period: which day, or week, it is about; the later, the greater.
        facts: what it says, as it was when it was written down.
    """

    id: int
    kind: str
    period: str
    channel: str
    facts: Facts
    attempts: int = 0


class Bulletins(Protocol):
    """Bulletins on their way; written down before they are posted."""

    async def latest(self, kind: str) -> Bulletin | None:
        """Read the one of the latest period, posted or not."""
        ...

    async def put(self, bulletin: Bulletin, now: datetime) -> None:
        """Write one down, its id aside; nothing happens where its kind has one for that period."""
        ...

    async def waiting(self, now: datetime) -> Sequence[Bulletin]:
        """List what may be posted now, oldest first."""
        ...

    async def done(self, bulletin_id: int, now: datetime, why: str | None = None) -> None:
        """Mark as posted, or as given up, and why."""
        ...

    async def postpone(self, bulletin_id: int, until: datetime, why: str) -> None:
        """Try again later; counts an attempt."""
        ...


class StandingPorts(Protocol):
    """The ports that Services have, as rows; only the holder of the lease writes them."""

    async def all(self) -> Sequence[StandingPort]:
        """List them, by port."""
        ...

    async def record(self, changes: Sequence[Change]) -> None:
        """Write changes, in order, each with an entry of the audit that belongs to no mapping and names the Service.

        Raises:
            LostRace: a row is not as it was before its change, or the Service has another port by now.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What came of a request that was given a key.

    Attributes:
        fingerprint: of what was asked under it.
    """

    mapping_id: MappingId
    fingerprint: str
    at: datetime


class RequestKeys(Protocol):
    """Keys that programs give their requests, so that what is sent twice is done once; kept for a day."""

    async def get(self, key: str, now: datetime) -> KeyUse | None:
        """Read what came of a key; ``None`` where it was not used within a day."""
        ...

    async def put(self, key: str, use: KeyUse) -> None:
        """Write down what came of a key that ``get`` does not know; what is older than a day is swept out."""
        ...


class Freezes(Protocol):
    """The freeze in force; there is one at the most."""

    async def current(self) -> Freeze | None:
        """Read it; ``None`` where nothing is frozen."""
        ...

    async def put(self, wanted: Freeze) -> None:
        """Write one down where there is none."""
        ...

    async def lift(self) -> None:
        """Take it out."""
        ...


class UnitOfWork(Protocol):
    """One transaction: everything recorded in it is committed together, or nothing is.

    Leaving without ``commit`` rolls back. From the first read on nobody else can write between what is read and what is
    written, or else ``record`` or ``commit`` says so by ``LostRace``.

    All verbs raise:
        StorageUnavailable: the database is locked, full or away; nothing was written.
    """

    mappings: Mappings
    outbox: Outbox
    posts: Posts
    audit: Audit
    standing: StandingPorts
    keys: RequestKeys
    upkeep: Upkeep
    bulletins: Bulletins
    freezes: Freezes

    async def __aenter__(self) -> Self:
        """Begin."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False] | None:
        """Roll back what was not committed."""
        ...

    async def record(self, decision: Decision) -> Mapping:
        """Write a decision: the mapping (compare-and-set on its version), the audit entry and the notices.

        A new mapping (version 0, id ``UNSAVED``) gets its id here; a known one must have the version before the
        decision's in its row. Notices whose key was recorded for this mapping before are not recorded again.

        Returns:
            The mapping as it stands in the row.

        Raises:
            LostRace: the row has another version by now, or the port went to somebody else.
        """
        ...

    async def refuse(self, refusal: Refusal) -> None:
        """Write what was refused into the audit."""
        ...

    async def take(self, delivery: str, now: datetime) -> None:
        """Write a delivery's key into the inbox; keys older than an hour are forgotten.

        Raises:
            AlreadyDelivered: it is there already.
        """
        ...

    async def commit(self) -> None:
        """Make it all permanent, and wake everybody who listens to ``Changes``.

        Raises:
            LostLease: the unit of work was opened with a fence that is no longer in force.
        """
        ...


class Storage(Protocol):
    """The database: where units of work come from."""

    def unit_of_work(self, fence: int | None = None) -> UnitOfWork:
        """Open a transaction; with ``fence``, one that commits only while that lease is in force."""
        ...

    async def check(self) -> None:
        """Answer a trivial question.

        Raises:
            StorageUnavailable: it cannot.
        """
        ...


class Changes(Protocol):
    """Word of what others committed: other processes, or other units of work of this one."""

    def commits(self) -> AsyncIterator[None]:
        """Yield soon (within about 200 ms) after anybody's commit; several commits may make one. Never ends."""
        ...


@dataclass(frozen=True, slots=True)
class Tenure:
    """A lease that was taken.

    Attributes:
        fence: grows with each taking by another holder, or by the same one after it had lost it.
        lasts: how long it holds from the moment ``take`` was called; its holder counts on a monotonic clock.
    """

    holder: str
    fence: int
    lasts: timedelta


class Lease(Protocol):
    """One row that says which process converges, keeps timers, watches the cluster and relays."""

    async def take(self, holder: str, lasts: timedelta) -> Tenure | None:
        """Take or renew it; ``None`` while somebody else holds it."""
        ...

    async def give_back(self, tenure: Tenure) -> None:
        """Let the next one have it at once."""
        ...


# -- time, people, figures --------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The only one that asks what time it is."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Scheduler(Protocol):
    """Timers that say "look at this mapping again"; they carry no decision, and may be late, doubled or lost."""

    def look_at(self, mapping_id: MappingId, when: datetime) -> None:
        """Look at a mapping then; takes the place of an earlier appointment."""
        ...

    def forget(self, mapping_id: MappingId) -> None:
        """Drop the appointment, if there is one."""
        ...


class Directory(Protocol):
    """Who people are, as the workspace knows them now."""

    async def profile(self, person: Person, groups: Collection[GroupId]) -> Profile:
        """Look somebody up, and which of these groups they belong to.

        Raises:
            DirectoryUnreachable: the workspace does not answer; nothing may be granted on it.
        """
        ...

    async def anybody(
        self, users: Collection[UserId], groups: Collection[GroupId], *, but: Collection[UserId] = ()
    ) -> bool | None:
        """Whether any of these users, or of the groups' members, is a full member, apart from some.

        ``None`` where that is not known, or not to be learned with a few look-ups.

        Raises:
            DirectoryUnreachable: the workspace does not answer.
        """
        ...


class Metrics(Protocol):
    """What the engine counts and times."""

    def mappings(self, by_state: dict[str, int]) -> None:
        """Set how many live mappings are in each state."""
        ...

    def opened(self, seconds: float) -> None:
        """Time from the last approval to the open port."""
        ...

    def cut(self, seconds: float) -> None:
        """Time from the end as decided to nobody connected."""
        ...

    def standing(self, ports: int, without: int) -> None:
        """Set how many Services have a standing port, and for how many none is free."""
        ...

    def standing_moved(self) -> None:
        """Count a standing port that leads elsewhere from now on."""
        ...

    def outbox_age(self, seconds: float) -> None:
        """Set the age of the oldest notice that waits."""
        ...

    def gateway_error(self, kind: str) -> None:
        """Count a failure of the gateway, by the error's class name."""
        ...

    def cluster_error(self, kind: str) -> None:
        """Count a failure of the cluster, by the error's class name."""
        ...
