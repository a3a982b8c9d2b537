from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from core.domain.route import PortRange, Route, Slot
from core.domain.sources import Sources
from core.domain.target import Endpoint, PodUid
from tests.unit.core.samples import HOUR, NOW

ROUTE = Route(10_000, Endpoint(ip_address("10.1.2.3"), 5005, PodUid("u")), Sources.parse("10.0.0.0/8"), NOW + HOUR)
SERVING = Slot(10_000, ip_address("10.1.2.3"), 5005, NOW + HOUR, Sources.parse("10.0.0.0/8"))


def test_a_range_includes_both_its_ends() -> None:
    ports = PortRange(10_000, 10_002)
    assert list(ports.numbers()) == [10_000, 10_001, 10_002]
    assert [port in ports for port in (9_999, 10_000, 10_002, 10_003)] == [False, True, True, False]
    assert (len(ports), str(ports)) == (3, "10000-10002")


@pytest.mark.parametrize(
    ("first", "last", "shared"),
    [(10_000, 10_002, True), (9_000, 10_000, True), (10_002, 10_009, True), (10_003, 10_009, False), (1, 9_999, False)],
)
def test_ranges_overlap_where_they_share_a_port(first: int, last: int, shared: bool) -> None:  # noqa: FBT001 - a table's column
    ours, theirs = PortRange(10_000, 10_002), PortRange(first, last)
    assert ours.overlaps(theirs) is theirs.overlaps(ours) is shared


def test_a_slot_serves_exactly_its_route() -> None:
    assert SERVING.serves(ROUTE)
    assert replace(SERVING, sessions=7).serves(ROUTE)


@pytest.mark.parametrize(
    "other",
    [
        {"address": ip_address("10.1.2.4")},
        {"address": None},
        {"target_port": 5006},
        {"until": NOW},
        {"until": None},
        {"sources": Sources.parse("10.0.0.0/9")},
        {"sources": None},
    ],
    ids=str,
)
def test_a_slot_that_differs_does_not(other: dict[str, Any]) -> None:
    assert not replace(SERVING, **other).serves(ROUTE)


def test_a_slot_is_shut_when_nothing_is_left_of_a_mapping() -> None:
    assert Slot(10_000).shut
    left: list[Slot] = [Slot(10_000, sessions=1), Slot(10_000, until=NOW), Slot(10_000, sources=Sources(())), SERVING]
    assert not any(slot.shut for slot in left)
