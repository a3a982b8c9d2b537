"""What every kind of metrics does with what it is told."""

import pytest

from tests.contract.metrics.readings import Readable, of_memory, of_prometheus


@pytest.fixture(params=[of_memory, of_prometheus], ids=["memory", "prometheus"])
def told(request: pytest.FixtureRequest) -> Readable:
    made: Readable = request.param()
    return made


def test_nothing_was_told_yet(told: Readable) -> None:
    reading = told.read()
    assert set(reading.states.values()) == {0}
    assert (reading.openings, reading.cuts, reading.oldest_notice, reading.errors) == ((0, 0), (0, 0), 0, (0, 0))


def test_a_state_that_is_not_named_any_more_has_none_left(told: Readable) -> None:
    told.metrics.mappings({"open": 3, "closing": 1})
    told.metrics.mappings({"open": 2})
    reading = told.read()
    assert reading.states["open"] == 2
    assert reading.states["closing"] == 0


def test_openings_and_cuts_are_counted_and_timed(told: Readable) -> None:
    for seconds in (0.25, 0.5):
        told.metrics.opened(seconds)
    told.metrics.cut(0.125)
    reading = told.read()
    assert reading.openings == (2, 0.75)
    assert reading.cuts == (1, 0.125)


def test_of_standing_ports_the_last_word_holds_and_moves_are_counted(told: Readable) -> None:
    told.metrics.standing(100, 3)
    told.metrics.standing(101, 0)
    for _ in range(2):
        told.metrics.standing_moved()
    reading = told.read()
    assert (reading.services, reading.moves) == ((101, 0), 2)


def test_the_age_of_the_oldest_notice_is_the_one_told_last(told: Readable) -> None:
    told.metrics.outbox_age(7.5)
    told.metrics.outbox_age(0.0)
    assert told.read().oldest_notice == 0


def test_failures_are_counted_apart_for_gateway_and_cluster(told: Readable) -> None:
    told.metrics.gateway_error("GatewayUnreachable")
    told.metrics.gateway_error("StillConnected")
    told.metrics.cluster_error("ClusterForbidden")
    assert told.read().errors == (2, 1)
