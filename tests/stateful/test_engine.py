"""Whatever happens, in whatever order: nothing is open that should not be, and nothing that happened is unrecorded.

The machine plays people, time, pods, a gateway and a database that fail, and a bot that is killed at any of its calls.
Nothing waits for real: the services run as they are, on a loop whose time leaps.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.adapters.memory.listening import MemoryConnection
from core.domain.amending import Change
from core.domain.errors import ClusterUnreachable, OutsideError, StorageUnavailable
from core.domain.freezing import REVOCABLE
from core.domain.mapping import Mapping, Place, Reference, Stale, Terms, WrongState
from core.domain.people import Person, Requester
from core.domain.refusals import Refused
from core.domain.request import REMINDERS, Ask
from core.domain.route import Probe
from core.domain.sources import Sources
from core.domain.states import HOLDING, State
from core.domain.target import Kind, PodRef, Target
from core.domain.verifying import Seal, Verifier
from core.services.access import Who
from core.services.plan import routes
from tests.stateful.world import ALL_PODS, CLIENTS, DIRECT_PODS, ENTRY, PEOPLE, PODS, PORTS, RULES, World
from tests.unit.core.samples import ALICE, BOB, CAROL, SECOND

TROUBLES: Final[dict[str, Callable[[World], None]]] = {
    "the gateway restarts": lambda world: world.gateway.restart(),
    "the gateway dies": lambda world: world.gateway.stop(),
    "the gateway hangs": lambda world: world.gateway.hang(),
    "the gateway's answers get lost": lambda world: world.gateway.lose_answers(),
    "the gateway refuses": lambda world: world.gateway.refuse(),
    "connections cling": lambda world: world.let_cling(),
    "the database is away": lambda world: world.storage.fail_with(StorageUnavailable("away")),
    "the database is full": lambda world: world.storage.fail_with(StorageUnavailable("full"), on="commit"),
    "the cluster is away": lambda world: world.cluster.fail_with(ClusterUnreachable("memory")),
    "the directory is away": lambda world: world.lose_directory(),
}
EXPECTED: Final = (Refused, WrongState, Stale, OutsideError)
"""What a person may be told."""

people = st.sampled_from(PEOPLE)
requesters = st.sampled_from([*PEOPLE, *CLIENTS])
somebody = st.none() | people
"""Whoever asked, or anybody."""
pods = st.sampled_from(PODS)
direct_pods = st.sampled_from(DIRECT_PODS)
durations = st.sampled_from([5, 20, 60, 90]).map(lambda seconds: timedelta(seconds=seconds))
sources = st.sampled_from([None, Sources.parse("10.0.0.1"), Sources.parse("8.8.8.8")])
waits = st.sampled_from([0.05, 0.3, 1.0, 4.0, 15.0, 61.0])
numbers = st.integers(0, 7)


class EngineMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.incarnations = dict.fromkeys(ALL_PODS, 0)
        self.connections: list[MemoryConnection] = []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.everything_converges()
            finally:
                self.world.end()

    def _try(self, verb: object) -> None:
        try:
            self.world.do(verb)  # type: ignore[arg-type]  # a coroutine of any kind
        except EXPECTED:
            return

    def _one(self, number: int, *states: State) -> Mapping | None:
        """One of the latest mappings, in one of these states where there is any."""
        fitting = [mapping for mapping in self.world.mappings if mapping.state in states]
        known = (fitting or self.world.mappings)[-4:]
        return known[number % len(known)] if known else None

    # -- people -------------------------------------------------------------------------------------------------------

    @rule(who=people, ref=pods, port=st.sampled_from([80, 5005]), ttl=durations, sources=sources)
    def ask(self, who: Person, ref: PodRef, port: int, ttl: timedelta, sources: Sources | None) -> None:
        target = Target(Kind.POD, ref.namespace, ref.name, port)
        self._try(self.world.bot.access.request(Ask(target, ttl, sources), Who(who), Place("C1")))

    @rule(ref=pods, port=st.sampled_from([80, 5005]), ttl=durations, seconds=waits)
    def open(self, ref: PodRef, port: int, ttl: timedelta, seconds: float) -> None:
        """Ask, have everybody agree, and let some time go by: it takes all of that for a port to open."""
        self.ask(ALICE, ref, port, ttl, None)
        self.agree_on(-1)
        self.world.wait(seconds)

    @rule(ref=pods, port=st.sampled_from([80, 5005]))
    def ask_twice_at_once(self, ref: PodRef, port: int) -> None:
        wish = Ask(Target(Kind.POD, ref.namespace, ref.name, port), 20 * SECOND)
        before, access = len(self.world.mappings), self.world.bot.access

        async def both() -> None:
            asks = [access.request(wish, Who(BOB), Place("C1")) for _ in range(2)]
            await asyncio.gather(*asks, return_exceptions=True)

        self._try(both())
        assert len(self.world.mappings) <= before + 1

    @rule(who=requesters, ref=direct_pods, ttl=durations, own_port=st.booleans())
    def post(self, who: Requester, ref: PodRef, ttl: timedelta, own_port: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        """Have a pod opened as the previous service did."""
        self._try(self._opened(who, ref, ttl, own_port=own_port))

    @rule(who=requesters, ttl=durations)
    def post_two_at_once(self, who: Requester, ttl: timedelta) -> None:
        async def both() -> None:
            asked = [self._opened(who, ref, ttl) for ref in DIRECT_PODS]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert all(answer is None or isinstance(answer, EXPECTED) for answer in answers), answers

        self._try(both())

    async def _opened(self, who: Requester, ref: PodRef, ttl: timedelta, *, own_port: bool = False) -> None:
        """Open a pod; whoever is told that it is open can rely on it, and on what is said to be gone."""
        target = Target(Kind.POD, ref.namespace, ref.name, 5005)
        opened = await self.world.bot.direct.open(target, ttl, Who(who), own_port=own_port)
        assert opened.mapping.opened_at is not None
        assert (opened.mapping.port == ENTRY) is not own_port
        if opened.replaced is not None:
            assert self.world.storage.tables.mappings[opened.replaced.id].state not in HOLDING

    @rule(who=people, number=numbers)
    def approve(self, who: Person, number: int) -> None:
        mapping = self._one(number, State.REQUESTED)
        if mapping:
            self._try(self.world.bot.access.approve(mapping.id, Who(who)))

    @rule(
        who=people, number=numbers, ttl=durations, sources=sources, port=st.sampled_from([80, 5005]), seen=st.booleans()
    )
    def amend(
        self,
        who: Person,
        number: int,
        ttl: timedelta,
        sources: Sources | None,
        port: int,
        seen: bool,  # noqa: FBT001 - Hypothesis draws it
    ) -> None:
        """Let through less than was asked for; who saw other terms changes nothing."""
        mapping = self._one(number, State.REQUESTED)
        if mapping:
            change = Change(ttl, sources or mapping.sources, port)
            drawn = mapping.terms if seen else Terms(mapping.terms + 1)
            self._try(self.world.bot.access.amending.amend(mapping.id, change, Who(who), drawn))
            assert seen or self.world.storage.tables.mappings[mapping.id].amendment == mapping.amendment

    @rule(number=numbers)
    def agree_on(self, number: int) -> None:
        """Have everybody approve, so that something opens now and then."""
        mapping = self._one(number, State.REQUESTED)
        if mapping:
            for who in PEOPLE:
                self._try(self.world.bot.access.approve(mapping.id, Who(who)))

    @rule(who=people, number=numbers)
    def deny(self, who: Person, number: int) -> None:
        mapping = self._one(number, State.REQUESTED)
        if mapping:
            self._try(self.world.bot.access.deny(mapping.id, Who(who)))

    @rule(who=somebody, number=numbers, by=durations)
    def extend(self, who: Person | None, number: int, by: timedelta) -> None:
        mapping = self._one(number, State.OPEN)
        if mapping:
            whose = Who(who or mapping.requester)
            self._try(self.world.bot.access.extend(Reference(mapping_id=mapping.id), by, whose))

    @rule(who=people, number=numbers, agrees=st.booleans())
    def decide_on_an_extension(self, who: Person, number: int, agrees: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        mapping, access = self._one(number, State.OPEN), self.world.bot.access
        if mapping:
            self._try((access.approve_extension if agrees else access.deny_extension)(mapping.id, Who(who)))

    @rule(who=somebody, number=numbers)
    def close(self, who: Person | None, number: int) -> None:
        mapping = self._one(number, State.OPEN, State.APPROVED)
        if mapping:
            whose = Who(who or mapping.requester)
            self._try(self.world.bot.access.close(Reference(mapping_id=mapping.id), whose))

    @rule(who=somebody, number=numbers)
    def retry(self, who: Person | None, number: int) -> None:
        mapping = self._one(number, State.APPROVED)
        if mapping:
            self._try(self.world.bot.access.retry(mapping.id, Who(who or mapping.requester)))

    @rule(
        who=st.sampled_from([ALICE, CAROL]),
        ref=pods,
        seconds=waits,
        lasting=st.sampled_from([False, False, False, True]),
    )
    def freeze(self, who: Person, ref: PodRef, seconds: float, lasting: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        """Have everything frozen, by an operator, while others go on asking."""
        self._try(self.world.bot.brakes.freeze("", Who(who)))
        frozen, before = self.world.storage.tables.freeze is not None, len(self.world.mappings)
        self.open(ref, 80, 20 * SECOND, seconds)
        self.post(who, DIRECT_PODS[0], 20 * SECOND, own_port=False)
        assert not frozen or len(self.world.mappings) == before
        if not lasting:
            self._try(self.world.bot.brakes.thaw(Who(CAROL)))

    @rule(ref=pods)
    def approve_and_freeze_at_once(self, ref: PodRef) -> None:
        """Have the last approvals and a freeze meet; which comes first is left to the database."""
        self.ask(ALICE, ref, 80, 20 * SECOND, None)
        waiting, bot = self._one(-1, State.REQUESTED), self.world.bot

        async def all_at_once(mapping: Mapping) -> None:
            agreed = [bot.access.approve(mapping.id, Who(who)) for who in PEOPLE]
            await asyncio.gather(*agreed, bot.brakes.freeze("", Who(CAROL)), return_exceptions=True)

        if waiting:
            self._try(all_at_once(waiting))
        self._try(self.world.bot.brakes.thaw(Who(CAROL)))

    @rule(namespace=st.sampled_from([None, *RULES]))
    def revoke_all(self, namespace: str | None) -> None:
        self._try(self.world.bot.brakes.revoke_all(namespace, Who(CAROL)))

    @rule(source=st.sampled_from(["10.0.0.1", "10.9.9.9", "8.8.8.8"]))
    def connect(self, source: str) -> None:
        """Come to every port, from one address."""
        if self.world.gateway._running:
            ports = (ENTRY, *PORTS.numbers())
            self.connections += [self.world.gateway.connect(port, source) for port in ports]

    # -- time ---------------------------------------------------------------------------------------------------------

    @rule(seconds=waits)
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(by=st.sampled_from([-70, -3, 3, 70]))
    def put_the_clock(self, by: int) -> None:
        self.world.clock.step(by * SECOND)
        self.world.wait(1.1)

    # -- pods ---------------------------------------------------------------------------------------------------------

    @rule(number=numbers, what=st.sampled_from(["deleted", "replaced", "moved"]), address=st.integers(0, 2))
    def change_a_pod(self, number: int, what: str, address: int) -> None:
        mapping, cluster = self._one(number, State.OPEN, State.APPROVED, State.REQUESTED), self.world.cluster
        ref = mapping.target.pod if mapping else PODS[0]
        if what == "deleted":
            if ref in cluster._pods:
                cluster.delete(ref)
            return
        self.incarnations[ref] += what == "replaced"
        cluster.put(self.world.pod(ref, self.incarnations[ref], address))

    @rule(number=numbers, probe=st.sampled_from(Probe))
    def let_a_pod_answer(self, number: int, probe: Probe) -> None:
        mapping = self._one(number, State.REQUESTED, State.APPROVED)
        if mapping:
            self.world.gateway.answer(mapping.endpoint, probe)

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    @rule(trouble=st.sampled_from(sorted(TROUBLES)), seconds=waits, lasting=st.booleans())
    def trouble(self, trouble: str, seconds: float, lasting: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        if self.world.gateway._running:
            TROUBLES[trouble](self.world)
        self.world.wait(seconds)
        if not lasting:
            self.world.recover()

    @rule()
    def mend_everything(self) -> None:
        self.world.recover()
        self._try(self.world.bot.brakes.thaw(Who(CAROL)))

    @rule()
    def kill_the_bot(self) -> None:
        self.world.kill()

    @rule(calls=st.integers(0, 30))
    def kill_the_bot_at_one_of_its_next_calls(self, calls: int) -> None:
        self.world.bot.life.ends_after(calls)

    # -- what holds once everything is well ---------------------------------------------------------------------------

    @rule()
    def everything_converges(self) -> None:
        """No port without a mapping, no mapping without its port, and nothing left to do."""
        self.world.recover()
        self.world.bot.life.goes_on()
        self.world.wait(18)  # a lease that passes on, a port that is tried again, a look at the rows
        for _ in range(5):
            if not self._unfinished():
                return
            self.world.wait(1.3)  # something ended just now; after a step of the clock the sweep is up to a second late
        assert self._unfinished() == []

    def _unfinished(self) -> list[object]:
        """What is not as it should be at this moment."""
        now, mappings = self.world.clock.now(), self.world.mappings
        wanted = {route.port: route for route in routes(mappings, now)}
        slots = [slot.slot() for slot in self.world.gateway._slots.values()]
        astray = [s for s in slots if not (s.serves(wanted[s.port]) if s.port in wanted else s.shut)]
        return [*astray, *(mapping for mapping in mappings if mapping.live and not self._is_well(mapping))]

    def _is_well(self, mapping: Mapping) -> bool:
        pod = self.world.cluster._pods.get(mapping.target.pod)
        bound = pod is not None and (pod.uid, pod.address) == (mapping.endpoint.uid, mapping.endpoint.address)
        ahead = mapping.due_at is not None and mapping.due_at > self.world.clock.now()
        stalled = mapping.trouble is not None and mapping.trouble.probe is not None
        in_force = mapping.enforced_until == mapping.expires_at
        return bound and ahead and in_force and (stalled or mapping.state is not State.APPROVED)

    # -- what holds always --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_granted_without_enough_approvals_by_others(self) -> None:
        for mapping in self.world.mappings if hasattr(self, "world") else ():
            voters = {vote.person for vote in mapping.votes}
            assert mapping.requester not in voters
            if mapping.port is not None and not RULES[mapping.target.namespace].v1:
                assert len(voters) >= RULES[mapping.target.namespace].approvals

    @invariant()
    def nothing_outlives_the_longest_life(self) -> None:
        for mapping in self.world.mappings if hasattr(self, "world") else ():
            if mapping.opened_at is not None and mapping.expires_at is not None:
                assert mapping.expires_at - mapping.opened_at <= _longest(mapping)
                assert not mapping.expires_at.microsecond

    @invariant()
    def what_the_gateway_serves_is_granted_and_has_not_ended(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.gateway.tick()
        now, held = self.world.clock.now(), self._held()
        for port, slot in self.world.gateway._slots.items():
            if slot.serving:
                mapping = held[port]
                assert slot.until is not None
                assert now < slot.until
                since = mapping.opened_at or self.world.gateway.serving_since[port]
                assert slot.until <= since + _longest(mapping)
                assert slot.sources == mapping.sources
                assert slot.endpoint is not None
                assert slot.endpoint.uid == mapping.endpoint.uid

    @invariant()
    def nothing_is_open_or_waits_while_everything_is_frozen(self) -> None:
        if hasattr(self, "world") and self.world.storage.tables.freeze is not None:
            assert [mapping for mapping in self.world.mappings if mapping.state in REVOCABLE] == []

    @invariant()
    def one_port_is_one_mapping_s(self) -> None:
        if hasattr(self, "world"):
            holders = [mapping for mapping in self.world.mappings if mapping.state in HOLDING]
            assert len(self._held()) == len(holders)
            assert self._held().keys() <= {ENTRY, *PORTS.numbers()}
            assert ENTRY not in self._held() or RULES[self._held()[ENTRY].target.namespace].v1

    @invariant()
    def what_is_over_holds_no_port(self) -> None:
        if hasattr(self, "world"):
            for port, (mapping_id, released) in self.world.storage.tables.ports.items():
                holder = self.world.storage.tables.mappings[mapping_id]
                assert (released is None) is (holder.state in HOLDING), (port, holder)

    @invariant()
    def every_change_has_its_entry(self) -> None:
        if not hasattr(self, "world"):
            return
        for mapping in self.world.mappings:
            entries = [e for e in self.world.storage.tables.audit if e.mapping_id == mapping.id and e.after]
            assert len(entries) == mapping.version
            assert [e.before for e in entries] == [None, *(e.after for e in entries[:-1])]
            assert entries[-1].after == mapping.state
            assert entries[0].detail["uid"] == mapping.endpoint.uid

    @invariant()
    def nothing_is_let_through_that_was_not_asked_for(self) -> None:
        for mapping in self.world.mappings if hasattr(self, "world") else ():
            entries = [e for e in self.world.storage.tables.audit if e.mapping_id == mapping.id and e.after]
            asked = mapping.amendment or mapping
            assert mapping.ttl <= asked.ttl
            assert asked.sources.covers(mapping.sources)
            assert entries[0].detail["ttl"] == asked.ttl.total_seconds()
            changed = [at for at, entry in enumerate(entries) if entry.event == "amend"]
            agreed = entries[changed[-1] :] if changed else entries
            assert len(mapping.votes) <= sum(entry.event in {"approve", "grant"} for entry in agreed)

    @invariant()
    def nobody_is_reminded_more_than_twice(self) -> None:
        for mapping in self.world.mappings if hasattr(self, "world") else ():
            reminded = [e for e in self.world.storage.tables.audit if (e.mapping_id, e.event) == (mapping.id, "remind")]
            told = self.world.storage.tables.told
            notices = [key for of, key in told if of == mapping.id and key.startswith("reminder:")]
            assert len(reminded) == len(notices) <= REMINDERS

    @invariant()
    def the_record_is_chained(self) -> None:
        if hasattr(self, "world"):
            assert list(Verifier(Seal()).look_at(self.world.storage.tables.audit)) == []

    @invariant()
    def whoever_is_connected_was_let_in(self) -> None:
        if not hasattr(self, "world"):
            return
        held = self._held()
        for connection in self.connections:
            if connection.alive and not self.world.gateway._slots[connection.port].clingy:
                assert held[connection.port].sources.admits(connection.source)
                assert connection.endpoint is not None
                assert connection.endpoint.uid == held[connection.port].endpoint.uid

    def _held(self) -> dict[int, Mapping]:
        return {m.port: m for m in self.world.mappings if m.state in HOLDING and m.port is not None}


def _longest(mapping: Mapping) -> timedelta:
    return RULES[mapping.target.namespace].max_lifetime


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
