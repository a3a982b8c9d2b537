from dataclasses import replace
from ipaddress import ip_address

from core.domain.counting import baseline, refused_since, traffic
from core.domain.mapping import Baseline, Mapping, Traffic
from core.domain.route import Usage
from tests.unit.core.samples import EPOCH, opened

OURS, THEIRS, STRANGER = ip_address("10.1.2.3"), ip_address("10.1.2.4"), ip_address("8.8.8.8")
THEN = Usage(EPOCH, 5, 100, 1_000, callers={OURS: 2, THEIRS: 3}, refused={STRANGER: 4})
NOW = Usage(EPOCH, 7, 150, 3_000, callers={OURS: 4, THEIRS: 3, STRANGER: 9}, refused={STRANGER: 9, THEIRS: 1})


def mapping(known: Baseline | None = None) -> Mapping:
    return replace(opened(), baseline=known or baseline(THEN))


def test_what_earlier_mappings_of_the_port_counted_is_subtracted() -> None:
    assert traffic(mapping(), NOW) == Traffic(connections=2, bytes_in=50, bytes_out=2_000, callers=(OURS,))


def test_callers_that_were_refused_are_not_among_those_that_connected() -> None:
    assert STRANGER not in traffic(mapping(), NOW).callers


def test_after_a_restart_of_the_gateway_the_counts_are_lower_bounds() -> None:
    later = replace(NOW, epoch="second life")
    counted = traffic(mapping(), later)
    assert (counted.connections, counted.complete) == (7, False)
    assert traffic(mapping(Baseline("second life", partial=True)), later) == counted


def test_without_counters_nothing_is_known() -> None:
    assert traffic(mapping(), None) == Traffic(complete=False)


def test_refused_callers_are_counted_since_the_opening() -> None:
    assert refused_since(mapping(), EPOCH, NOW.refused) == {STRANGER: 5, THEIRS: 1}
    assert refused_since(mapping(), EPOCH, THEN.refused) == {}
    assert refused_since(mapping(), "second life", {STRANGER: 1}) == {STRANGER: 1}


def test_a_counter_that_was_swept_out_meanwhile_counts_nothing() -> None:
    assert refused_since(mapping(), EPOCH, {STRANGER: 1}) == {}
