from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.people import Person
from core.domain.port_pool import NoFreePort, PortPool, PortUse
from core.domain.route import PortRange
from tests.unit.core.samples import ALICE, BOB, HOUR, MINUTE, NOW, SECOND

REST = 10 * MINUTE
API, DB = "payments/api-0:5005", "payments/db-0:5432"
PORTS = PortRange(10_000, 10_002)


def released(port: int, ago: timedelta, user: Person = BOB, target: str = DB) -> PortUse:
    return PortUse(port, user, target, None, NOW - ago)


def held(port: int, frees: datetime | None = NOW + HOUR) -> PortUse:
    return PortUse(port, BOB, DB, frees, None)


def choose(*uses: PortUse) -> int:
    return PortPool(PORTS, REST, uses).choose(ALICE, API, NOW)


@pytest.mark.parametrize(
    ("uses", "port"),
    [
        ((), 10_000),
        ((held(10_000),), 10_001),
        ((released(10_000, HOUR),), 10_001),
        ((held(10_000), held(10_001)), 10_002),
        ((held(10_000), released(10_001, HOUR), released(10_002, 2 * HOUR)), 10_002),
        ((held(10_000), released(10_001, REST), released(10_002, REST - SECOND)), 10_001),
    ],
    ids=[
        "the first one of a fresh range",
        "one that nobody holds",
        "one that nobody ever had, before one that has rested",
        "the last one",
        "else the one that has rested longest",
        "one whose rest is over to the second",
    ],
)
def test_a_stranger_s_port_is_given_out_last_and_rested(uses: tuple[PortUse, ...], port: int) -> None:
    assert choose(*uses) == port


def test_one_s_own_last_port_for_the_same_target_comes_back_without_rest() -> None:
    assert choose(released(10_002, SECOND, ALICE, API)) == 10_002
    assert choose(released(10_001, MINUTE, ALICE, API), released(10_002, SECOND, ALICE, API)) == 10_002


@pytest.mark.parametrize("use", [released(10_002, SECOND, ALICE, DB), released(10_002, SECOND, BOB, API)])
def test_another_target_s_or_person_s_port_does_not(use: PortUse) -> None:
    assert choose(use) == 10_000


def test_one_s_own_port_that_is_held_does_not_come_back() -> None:
    assert choose(PortUse(10_000, ALICE, API, NOW + HOUR, None)) == 10_001


def test_ports_outside_of_the_range_are_none_of_its_business() -> None:
    assert choose(released(9_000, SECOND, ALICE, API), held(9_001)) == 10_000


@pytest.mark.parametrize(
    ("uses", "next_free"),
    [
        ((held(10_000), held(10_001), held(10_002, NOW + MINUTE)), NOW + MINUTE + REST),
        ((held(10_000), held(10_001), released(10_002, MINUTE)), NOW - MINUTE + REST),
        ((held(10_000, None), held(10_001, None), held(10_002)), NOW + HOUR + REST),
        ((held(10_000, None), held(10_001, None), held(10_002, None)), None),
        ((held(10_000, NOW - 2 * HOUR), held(10_001), held(10_002)), NOW + REST),
    ],
    ids=["the first to end", "the first to have rested", "unknown ones left out", "unknown", "overdue: any moment"],
)
def test_a_full_pool_says_when_the_next_port_frees(uses: tuple[PortUse, ...], next_free: datetime | None) -> None:
    with pytest.raises(NoFreePort) as raised:
        choose(*uses)
    assert (raised.value.ports, raised.value.next_free) == (PORTS, next_free)


USES = st.lists(
    st.builds(
        PortUse,
        st.integers(9_999, 10_004),
        st.sampled_from([ALICE, BOB]),
        st.sampled_from([API, DB]),
        st.none() | st.integers(-100, 100).map(lambda minutes: NOW + minutes * MINUTE),
        st.none() | st.integers(0, 100).map(lambda minutes: NOW - minutes * MINUTE),
    ),
    unique_by=lambda use: use.port,
)


@given(USES)
def test_whatever_was_a_port_is_free_rested_and_of_the_range_or_none_is_given(uses: list[PortUse]) -> None:
    known = {use.port: use for use in uses}
    free = [
        port
        for port in PORTS.numbers()
        if (use := known.get(port)) is None
        or (use.released and ((use.user, use.target) == (ALICE, API) or use.released + REST <= NOW))
    ]
    if free:
        assert choose(*uses) in free
        return
    with pytest.raises(NoFreePort) as full:
        choose(*uses)
    assert full.value.next_free is None or full.value.next_free > NOW
