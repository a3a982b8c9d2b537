from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.haproxy import slots
from core.domain.sources import Sources
from tests.unit.core.adapters.haproxy.strategies import ports, sources

callers = st.integers(0, 2**32 - 1).map(IPv4Address)


def key_of(port: int, caller: IPv4Address) -> IPv6Address:
    """As the frontend computes it: set-var-fmt(sess.caller) fd00::%[dst_port,hex,bytes(12,4)]:%[src]"""
    return IPv6Address(f"fd00::{port:04X}:{caller}")


def admits(entries: tuple[slots.Entry, ...], key: IPv6Address) -> bool:
    """As HAProxy looks a key up in a map of addresses."""
    return any(key in IPv6Network(entry if "/" in entry else f"{entry}/128", strict=False) for entry, _ in entries)


@given(ports)
def test_the_name_of_a_slot_is_read_back(port: int) -> None:
    assert slots.port_of(slots.backend(port)) == port


@pytest.mark.parametrize("name", ["", "slot_", "slot_x", "slot_100000", "probed", "slot_10 ", "slot_10\n", "xslot_10"])
def test_other_names_are_no_slot_s(name: str) -> None:
    assert slots.port_of(name) is None


@given(ports, sources)
def test_sources_are_read_back_as_they_were_written(port: int, wanted: Sources) -> None:
    entries = slots.entries(port, wanted)
    assert slots.sources(entries) == wanted
    assert {slots.port_of_entry(key) for key, _ in entries} == {port}


@given(ports, sources, ports, callers)
def test_the_map_admits_whom_the_sources_admit_on_that_port_and_no_other(
    port: int, wanted: Sources, other: int, caller: IPv4Address
) -> None:
    entries = slots.entries(port, wanted)
    assert admits(entries, key_of(port, caller)) == wanted.admits(caller)
    assert admits(entries, key_of(other, caller)) == (other == port and wanted.admits(caller))


def test_without_entries_nobody_is_known_to_be_admitted() -> None:
    assert slots.sources([]) is None


@pytest.mark.parametrize(
    "entry", [("fd00::2710:10.0.0.1/104", "1"), ("fd00::2710:10.0.0.0/90", "1"), ("fd00:6::2710:0", "junk")]
)
def test_entries_that_nobody_of_us_wrote_are_no_sources_of_anybody_s(entry: slots.Entry) -> None:
    fine = slots.entries(10_000, Sources.parse("10.0.0.0/8"))
    assert slots.sources([*fine, entry]) == Sources(())


@pytest.mark.parametrize("key", ["", "::/0", "10.0.0.0/8", "fd00::2710", "fd00::12710:0.0.0.0/96", "fdff::1/128"])
def test_other_entries_are_of_no_port(key: str) -> None:
    assert slots.port_of_entry(key) is None


@given(ports, callers)
def test_a_caller_and_its_port_are_read_back_from_the_key(port: int, caller: IPv4Address) -> None:
    key = str(key_of(port, caller))
    assert (slots.caller(key), slots.port_of_caller(key)) == (caller, port)


@given(st.datetimes(datetime(2020, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_a_deadline_is_read_back_without_its_fraction(until: datetime) -> None:
    assert slots.deadline(slots.seconds(until)) == until.replace(microsecond=0)


@pytest.mark.parametrize("value", ["", "soon", "1e9", "9" * 40, "12.5"])
def test_what_is_no_deadline_is_none(value: str) -> None:
    assert slots.deadline(value) is None


def test_a_deadline_never_comes_later_than_it_was_said() -> None:
    end = datetime(2030, 1, 7, tzinfo=UTC)
    assert slots.seconds(end + timedelta(microseconds=999_999)) == slots.seconds(end)
