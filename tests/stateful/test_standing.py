"""Whatever happens, in whatever order: no two Services on one port, no port without one, and each is served at last."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Final

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.adapters.memory.listening import MemoryConnection
from core.adapters.memory.services import PORT_NAME
from core.domain.route import PortRange
from core.domain.service import Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Grounds, StandingPort
from core.domain.target import Endpoint, PodUid
from tests.stateful.test_engine import TROUBLES, numbers, waits
from tests.stateful.world import World

SLOTS: Final = PortRange(9000, 9004)
BOTH: Final = frozenset({"payments", "search"})
WIDE: Final = Grounds(PortRange(9000, 9003), BOTH, Sources.parse("10.0.0.0/8"))
GROUNDS: Final = (
    WIDE,
    replace(WIDE, ports=PortRange(9002, 9004)),
    replace(WIDE, namespaces=frozenset({"payments"})),
    replace(WIDE, sources=Sources.parse("10.0.0.0/16")),
)
REFS: Final = tuple(ServiceRef(namespace, name) for namespace in ("payments", "search") for name in ("a", "b", "c"))

refs = st.sampled_from(REFS)


class StandingMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize()
    def begin(self) -> None:
        self.world = World(WIDE, SLOTS)
        self.incarnations = dict.fromkeys(REFS, 0)
        self.homes: dict[ServiceRef, int] = {}
        self.connections: list[MemoryConnection] = []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.everything_converges()
            finally:
                self.world.end()

    # -- Services -----------------------------------------------------------------------------------------------------

    @rule(ref=refs, host=st.integers(0, 2), nowhere=st.booleans(), again=st.booleans())
    def show(self, ref: ServiceRef, host: int, nowhere: bool, again: bool) -> None:  # noqa: FBT001 - Hypothesis draws
        """Create a Service, move it, or replace it by another of its name."""
        self.incarnations[ref] += again
        self.world.show(self._service(ref, host, nowhere), PORT_NAME)

    def _service(self, ref: ServiceRef, host: int, nowhere: bool) -> Service:  # noqa: FBT001 - as above
        uid = f"{ref}-{self.incarnations[ref]}"
        address = ip_address(f"10.96.{REFS.index(ref)}.{1 + host}")
        endpoint = None if nowhere else Endpoint(address, 5005, PodUid(uid))
        return Service(ref, ServiceUid(uid), endpoint, headless=nowhere)

    @rule(number=st.integers(1, 6))
    def show_several(self, number: int) -> None:
        for ref in REFS[:number]:
            self.world.show(self._service(ref, 0, nowhere=False), PORT_NAME)
        self.world.wait(1)

    @rule(ref=refs)
    def rename_the_port(self, ref: ServiceRef) -> None:
        self.homes.pop(ref, None)
        self.world.show(self._service(ref, 0, nowhere=False), "http")

    @rule(ref=refs)
    def delete(self, ref: ServiceRef) -> None:
        self.homes.pop(ref, None)
        self.world.delete(ref)

    @rule(namespace=st.sampled_from(sorted(BOTH)))
    def hide(self, namespace: str) -> None:
        self.world.services.hide(namespace)

    @rule(source=st.sampled_from(["10.0.0.1", "10.9.9.9", "8.8.8.8"]))
    def connect(self, source: str) -> None:
        if self.world.gateway._running:
            self.connections += [self.world.gateway.connect(port, source) for port in SLOTS.numbers()]

    # -- time, and what goes wrong ------------------------------------------------------------------------------------

    @rule(seconds=waits)
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(trouble=st.sampled_from(sorted(TROUBLES)), seconds=waits, lasting=st.booleans())
    def trouble(self, trouble: str, seconds: float, lasting: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        if self.world.gateway._running:
            TROUBLES[trouble](self.world)
            self._let_cling(on=trouble == "connections cling")
        self.world.wait(seconds)
        if not lasting:
            self._recover()

    @rule()
    def let_the_cluster_hang(self) -> None:
        self.world.services.hang()

    @rule()
    def kill_the_bot(self) -> None:
        self.world.kill()

    @rule(calls=numbers)
    def kill_the_bot_at_one_of_its_next_calls(self, calls: int) -> None:
        self.world.bot.life.ends_after(calls)

    @rule(grounds=st.sampled_from(GROUNDS))
    def start_with_other_settings(self, grounds: Grounds) -> None:
        self.world.grounds = grounds
        self.homes.clear()
        self.world.kill()

    # -- what holds once everything is well ---------------------------------------------------------------------------

    @rule()
    def everything_converges(self) -> None:
        """Each Service that is wanted is served, as long as there are ports; nothing else is."""
        self._recover()
        self.world.bot.life.goes_on()
        self.world.wait(20)  # a lease that passes on, a port that is tried again, a look at the rows
        rows = self._rows()
        wanted = {ref: service for ref, (service, name) in self.world.shown.items() if self._is_wanted(ref, name)}
        assert not [row for row in rows.values() if row.leaving]
        there = {row.service: row for row in rows.values()}
        assert there.keys() <= wanted.keys()
        assert len(there) == min(len(wanted), len(self._grounds.ports))
        assert self.world.metrics.services == (len(there), len(wanted) - len(there))
        for ref, row in there.items():
            assert (row.uid, row.endpoint) == (wanted[ref].uid, wanted[ref].endpoint)
            assert row.port in self._grounds.ports
            assert self.homes.get(ref, row.port) == row.port
        for port in SLOTS.numbers():
            route = self._grounds.route(rows[port]) if port in rows else None
            slot = self.world.gateway._slots[port].slot()
            assert slot.serves(route) if route else slot.shut, (route, slot)
        self.homes = {ref: row.port for ref, row in there.items()}

    @property
    def _grounds(self) -> Grounds:
        assert self.world.grounds is not None
        return self.world.grounds

    def _is_wanted(self, ref: ServiceRef, port_name: str) -> bool:
        return port_name == PORT_NAME and ref.namespace in self._grounds.namespaces

    def _recover(self) -> None:
        self._let_cling(on=False)
        for namespace in BOTH:
            self.world.services.show(namespace)
        self.world.recover()

    def _let_cling(self, *, on: bool) -> None:
        for port in SLOTS.numbers():
            self.world.gateway.cling(port, on=on)

    def _rows(self) -> dict[int, StandingPort]:
        return self.world.storage.tables.standing

    # -- what holds always --------------------------------------------------------------------------------------------

    @invariant()
    def a_service_has_one_port_beside_those_that_it_leaves(self) -> None:
        if hasattr(self, "world"):
            staying = [row.service for row in self._rows().values() if not row.leaving]
            assert len(staying) == len(set(staying))

    @invariant()
    def what_is_served_is_the_service_s_whose_port_it_is(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.gateway.tick()
        for port in SLOTS.numbers():
            slot = self.world.gateway._slots[port]
            if slot.serving:
                assert slot.endpoint is not None
                assert slot.endpoint.uid.startswith(f"{self._rows()[port].service}-"), port

    @invariant()
    def whoever_is_connected_reaches_the_service_whose_port_it_is(self) -> None:
        for connection in self.connections if hasattr(self, "world") else ():
            if connection.alive:
                assert connection.endpoint is not None
                assert connection.endpoint.uid.startswith(f"{self._rows()[connection.port].service}-")
                assert WIDE.sources.admits(connection.source)

    @invariant()
    def the_record_tells_how_it_came_to_this(self) -> None:
        if not hasattr(self, "world"):
            return
        ports: dict[object, tuple[object, bool]] = {}
        for entry in self.world.storage.tables.audit:
            port, service = entry.detail["port"], entry.detail["service"]
            match entry.event.partition(":")[2]:
                case "granted":
                    assert ports.get(port, (service, True)) == (service, True)
                    ports[port] = service, False
                case "moved":
                    assert ports[port] == (service, False)
                case "leaving":
                    assert ports[port] == (service, False)
                    ports[port] = service, True
                case "given_back":
                    assert ports.pop(port) == (service, True)
        assert ports == {row.port: (str(row.service), row.leaving) for row in self._rows().values()}


TestStanding = StandingMachine.TestCase
TestStanding.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
