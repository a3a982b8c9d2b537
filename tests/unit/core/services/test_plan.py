from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from core.domain.mapping import Mapping, Trouble
from core.domain.route import FOREVER, Observation, Probe, Slot
from core.domain.service import ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Grounds, StandingPort
from core.domain.states import State
from core.services.plan import Claims, astray, claims_of_mappings, claims_of_services, routes, unfinished
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


# -- Services ---------------------------------------------------------------------------------------------------------

GROUNDS = Grounds(PORTS, frozenset({"payments"}), Sources.parse("10.0.0.0/8"))
ROW = StandingPort(10_001, ServiceRef("payments", "api"), ServiceUid("uid"), OPEN.endpoint, NOW)
STANDING = Slot(10_001, OPEN.endpoint.address, 5005, FOREVER, GROUNDS.sources)


def test_a_standing_port_that_leads_where_it_should_is_not_astray() -> None:
    claims = claims_of_services([ROW], GROUNDS)
    assert (astray(claims, found(STANDING)), astray(claims, found())) == ([], [10_001])
    assert astray(claims, found(replace(STANDING, until=NOW))) == [10_001]


def test_a_standing_port_that_leads_nowhere_has_to_be_shut() -> None:
    claims = claims_of_services([replace(ROW, endpoint=None)], GROUNDS)
    assert (astray(claims, found()), astray(claims, found(STANDING))) == ([], [10_001])


def test_a_standing_port_that_leaves_is_work_that_is_left() -> None:
    claims = claims_of_services([replace(ROW, leaving=True)], GROUNDS)
    assert (claims.routes, claims.unfinished) == ((), (10_001,))
    assert astray(claims, found()) == [10_001]


def test_of_two_claims_to_a_port_the_mapping_s_holds_whatever_its_state() -> None:
    services = claims_of_services([ROW, replace(ROW, port=10_000)], GROUNDS)
    for mapping in (OPEN, closing(), approved()):
        both = services | claims_of_mappings([mapping], NOW)
        theirs = [OPEN.route(NOW + HOUR)] if mapping is OPEN else []
        assert [route for route in both.routes if route.port == 10_000] == theirs
        assert [route.port for route in both.routes if route.port != 10_000] == [10_001]
    assert services | Claims() == services
