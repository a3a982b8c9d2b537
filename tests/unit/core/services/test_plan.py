from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from core.domain.mapping import Mapping, Trouble
from core.domain.route import Observation, Probe, Slot
from core.domain.sources import Sources
from core.domain.states import State
from core.services.plan import astray, claims_of_mappings, routes, unfinished
from tests.unit.core.samples import EPOCH, HOUR, NOW, PORTS, approved, closing, opened, requested

OPEN = opened()
SERVING = Slot(10_000, OPEN.endpoint.address, 5005, NOW + HOUR, OPEN.sources)


def found(*slots: Slot) -> Observation:
    """A gateway that does this, and nothing on any other port."""
    return Observation(EPOCH, {port: Slot(port) for port in PORTS.numbers()} | {slot.port: slot for slot in slots})


def test_a_gateway_has_to_serve_what_is_open_and_has_not_ended() -> None:
    others = [replace(make(), port=10_001 + n) for n, make in enumerate((approved, closing))]
    assert routes([requested(), OPEN, *others], NOW) == [OPEN.route(NOW + HOUR)]
    assert routes([OPEN], NOW + HOUR - timedelta(microseconds=1))
    assert routes([OPEN], NOW + HOUR) == []


def test_where_everything_is_as_it_should_be_nothing_is_astray() -> None:
    assert astray(claims_of_mappings([OPEN], NOW), found(SERVING)) == []
    assert astray(claims_of_mappings([], NOW), found()) == []


@pytest.mark.parametrize(
    "other",
    [
        {"address": ip_address("10.9.9.9")},
        {"address": None},
        {"until": NOW + 2 * HOUR},
        {"until": None},
        {"sources": Sources.parse("10.1.2.3")},
        {"sources": None},
    ],
    ids=str,
)
def test_a_port_that_does_something_else_is_astray(other: dict[str, Any]) -> None:
    assert astray(claims_of_mappings([OPEN], NOW), found(replace(SERVING, **other))) == [10_000]


@pytest.mark.parametrize("left", [SERVING, Slot(10_000, sessions=1), Slot(10_000, until=NOW)], ids=str)
def test_what_is_left_on_a_port_that_nobody_holds_is_astray(left: Slot) -> None:
    assert astray(claims_of_mappings([], NOW), found(left)) == [10_000]


def test_a_port_beyond_our_range_that_serves_somebody_is_astray_too() -> None:
    assert astray(claims_of_mappings([], NOW), found(replace(SERVING, port=9_000))) == [9_000]


def test_a_mapping_on_a_port_that_the_gateway_does_not_have_is_astray() -> None:
    assert astray(claims_of_mappings([replace(OPEN, port=9_000)], NOW), found()) == [9_000]


@pytest.mark.parametrize(
    ("mapping", "left"),
    [
        (approved(), [10_000]),
        (replace(approved(), trouble=Trouble(NOW)), [10_000]),
        (replace(approved(), trouble=Trouble(NOW, Probe.REFUSED)), []),
        (closing(), [10_000]),
        (replace(closing(), state=State.CLOSED), []),
        (requested(), []),
        (OPEN, []),
        (replace(OPEN, expires_at=NOW + 2 * HOUR), [10_000]),
        (replace(OPEN, expires_at=NOW, enforced_until=NOW - HOUR), []),
    ],
    ids=[
        "to be opened",
        "to be tried again",
        "a person's turn",
        "to be cut",
        "over",
        "waiting",
        "as it should be",
        "to be extended",
        "a new end that has come already",
    ],
)
def test_work_that_is_left_to_us_is_found_in_the_rows_alone(mapping: Mapping, left: list[int]) -> None:
    assert unfinished([mapping], NOW) == left
    gateway = found(replace(SERVING, until=mapping.expires_at)) if mapping.state is State.OPEN else found()
    assert astray(claims_of_mappings([mapping], NOW), gateway) == left


def test_what_has_come_to_its_end_is_left_to_the_timers() -> None:
    assert astray(claims_of_mappings([OPEN], NOW + HOUR), found()) == []
    assert astray(claims_of_mappings([OPEN], NOW + HOUR), found(SERVING)) == []
