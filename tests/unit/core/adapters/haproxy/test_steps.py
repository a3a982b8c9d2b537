from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from core.adapters.haproxy import slots
from core.adapters.haproxy.commands import Command, Maps, spell
from core.adapters.haproxy.operations import Delete
from core.adapters.haproxy.replies import Server, SlotState
from core.adapters.haproxy.slots import NOWHERE
from core.adapters.haproxy.steps import ended_by_itself, next_step
from core.domain.route import Route
from tests.unit.core.adapters.haproxy.strategies import NOW, PORT, routes, states

MAPS = Maps(allow="/run/allow.map", until="/run/until.map")
ENOUGH = 12
"""Looks; from the worst state it takes half of them."""


@dataclass
class Imitation:
    """A slot that does as it is told, as HAProxy does; and sees to it that what it is told keeps the promises.

    Attributes:
        one_by_one: "del map" takes out one of several doubles, as from HAProxy 3.4 on.
        lingering: how many cuts its sessions survive, as those that are still being made do before 3.2.
    """

    state: SlotState
    wanted: Route | None
    one_by_one: bool
    lingering: int

    def do(self, command: Command) -> None:
        match command.split():
            case ["set", "server", _, "state", "maint"]:
                self._set(replace(self.state.server, maintenance=True))
            case ["shutdown", "sessions", "server", _]:
                self._end_sessions()
            case ["set", "server", _, "addr", address, "port", port]:
                assert self.state.server.maintenance, "moved while it served"
                assert not self.state.sessions, "moved while somebody was connected"
                self._set(replace(self.state.server, address=ip_address(address), port=int(port)))
            case ["set", "server", _, "state", "ready"]:
                self._check_what_would_be_served()
                self._set(replace(self.state.server, maintenance=False))
            case [verb, "map", path, key, *value]:
                self._change_map(verb, path, key, *value)
            case _:
                raise AssertionError(f"an unknown command: {command}")

    def _set(self, server: Server) -> None:
        self.state = replace(self.state, server=server)

    def _end_sessions(self) -> None:
        if self.lingering:
            self.lingering -= 1
        else:
            self.state = replace(self.state, sessions=0)

    def _check_what_would_be_served(self) -> None:
        assert self.wanted is not None, "made ready for nobody"
        would_be = replace(self.state, server=replace(self.state.server, maintenance=False)).slot()
        assert replace(would_be, sessions=0).serves(self.wanted), "made ready before it was right"
        assert set(self.state.deadlines) == {slots.seconds(self.wanted.until)}

    def _change_map(self, verb: str, path: str, key: str, value: str = "") -> None:
        if path == MAPS.until:
            assert int(key) == PORT
            pairs = [(key, found) for found in self.state.deadlines]
            self.state = replace(self.state, deadlines=tuple(v for _, v in self._changed(verb, pairs, key, value)))
        else:
            assert path == MAPS.allow
            pairs = list(self.state.entries)
            self.state = replace(self.state, entries=tuple(self._changed(verb, pairs, key, value)))

    def _changed(self, verb: str, pairs: list[slots.Entry], key: str, value: str) -> list[slots.Entry]:
        if verb == "add":
            return [*pairs, (key, value)]
        if verb == "set":
            return [(k, value if k == key else v) for k, v in pairs]
        assert verb == "del"
        if not self.one_by_one:
            return [pair for pair in pairs if pair[0] != key]
        first = next((index for index, (k, _) in enumerate(pairs) if k == key), len(pairs))
        return [pair for index, pair in enumerate(pairs) if index != first]


def converge(haproxy: Imitation) -> SlotState:
    for _ in range(ENOUGH):
        step = next_step(haproxy.wanted, haproxy.state)
        if not step:
            return haproxy.state
        for operation in step.operations:
            for command in spell(operation, MAPS):
                haproxy.do(command)
    raise AssertionError(f"it never ends: {haproxy.state}")


situations = st.none() | routes


@given(st.data(), situations, st.booleans(), st.integers(0, 3))
def test_from_whatever_state_a_slot_becomes_what_is_wanted_and_never_breaks_a_promise_on_the_way(
    data: st.DataObject,
    wanted: Route | None,
    one_by_one: bool,  # noqa: FBT001 - drawn
    lingering: int,
) -> None:
    start = data.draw(states(wanted))
    end = converge(Imitation(start, wanted, one_by_one, lingering))
    if wanted is None:
        assert end.slot().shut
        assert (end.server.address, end.server.port) == NOWHERE
        assert (end.deadlines, end.entries) == ((), ())
    else:
        assert end.slot().serves(wanted)


@given(st.data(), routes, routes)
def test_another_end_or_other_sources_never_touch_the_server(data: st.DataObject, before: Route, other: Route) -> None:
    serving = SlotState(
        PORT,
        Server(before.endpoint.address, before.endpoint.port, maintenance=False),
        deadlines=(slots.seconds(before.until),),
        entries=slots.entries(PORT, before.sources),
        sessions=data.draw(st.integers(0, 3)),
    )
    wanted = replace(before, sources=other.sources, until=other.until)
    step = next_step(wanted, serving)
    assert not step.server
    assert Delete(slots.UNTIL, str(PORT)) not in step.maps


@given(routes)
def test_what_is_as_it_should_be_is_left_alone(route: Route) -> None:
    state = SlotState(
        PORT,
        Server(route.endpoint.address, route.endpoint.port, maintenance=False),
        deadlines=(slots.seconds(route.until),),
        entries=slots.entries(PORT, route.sources),
        sessions=3,
    )
    assert not next_step(route, state)


def ended(route: Route) -> SlotState:
    return SlotState(
        PORT,
        Server(route.endpoint.address, route.endpoint.port, maintenance=True),
        deadlines=(slots.seconds(route.until),),
        entries=slots.entries(PORT, route.sources),
    )


@given(routes)
def test_haproxy_ended_a_route_by_itself_if_it_is_shut_there_and_the_deadline_has_passed(route: Route) -> None:
    after, before = route.until, route.until - timedelta(seconds=1)
    state = ended(route)
    elsewhere = replace(state, server=replace(state.server, port=9))
    serving = replace(state, server=replace(state.server, maintenance=False))
    assert ended_by_itself(route, state, after)
    assert not ended_by_itself(route, state, before)
    assert not ended_by_itself(route, elsewhere, after)
    assert not ended_by_itself(route, serving, after)
    assert not ended_by_itself(route, replace(state, deadlines=()), after)
    assert not ended_by_itself(route, replace(state, deadlines=("junk",)), NOW)
