from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BadSource
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.sources import Network, Sources

FOURS = st.tuples(st.integers(0, 2**32 - 1), st.integers(8, 32)).map(lambda n: IPv4Network(n, strict=False))
SIXES = st.tuples(st.integers(0, 2**128 - 1), st.integers(32, 128)).map(lambda n: IPv6Network(n, strict=False))
NETWORKS = st.lists(FOURS | SIXES, max_size=6)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3, 192.168.1.0/24", "10.1.2.3, 192.168.1.0/24"),
        ("192.168.1.7,10.0.0.0/8,10.1.2.3", "10.0.0.0/8, 192.168.1.7"),
        ("10.0.0.0/9,10.128.0.0/9", "10.0.0.0/8"),
        ("fd00::1,10.1.2.3", "10.1.2.3, fd00::1"),
        ("10.1.2.3/32", "10.1.2.3"),
    ],
)
def test_sources_are_read_sorted_and_merged(text: str, written: str) -> None:
    assert str(Sources.parse(text)) == written


@pytest.mark.parametrize(
    ("text", "part", "hint"),
    [
        ("10.1.2.3/8", "10.1.2.3/8", "10.0.0.0/8"),
        ("10.1.2", "10.1.2", "10.1.2.3"),
        ("10.1.2.300", "10.1.2.300", "10.1.2.3"),
        ("10.1.2.3,office", "office", "10.1.2.3"),
        ("10.1.2.3,", "", "10.1.2.3"),
        ("", "", "10.1.2.3"),
        ("10.1.2.3/33", "10.1.2.3/33", "10.1.2.3"),
    ],
)
def test_what_is_no_address_is_refused_by_name(text: str, part: str, hint: str) -> None:
    with pytest.raises(BadSource) as raised:
        Sources.parse(text)
    assert (raised.value.given, raised.value.part, raised.value.hint) == (text, part, hint)


@pytest.mark.parametrize(
    ("address", "admitted"),
    [("10.1.2.3", True), ("10.255.0.1", True), ("11.0.0.1", False), ("fd00::1", True), ("::1", False)],
)
def test_who_is_within_is_admitted(address: str, admitted: bool) -> None:  # noqa: FBT001 - a table's column
    assert Sources.parse("10.0.0.0/8,fd00::/8").admits(ip_address(address)) is admitted


def test_no_networks_admit_nobody() -> None:
    assert not Sources(()).admits(ip_address("127.0.0.1"))


@pytest.mark.parametrize("text", ["10.1.2.3", "172.16.0.0/12", "192.168.7.0/24", "127.0.0.1", "fd12::1", "::1"])
def test_private_addresses_are_permitted_where_no_rule_says_otherwise(text: str) -> None:
    assert PRIVATE_NETWORKS.covers(Sources.parse(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "0.0.0.0/0", "172.0.0.0/8", "10.1.2.3,8.8.8.8", "2001:db8::1", "::/0"])
def test_public_addresses_are_not(text: str) -> None:
    assert not PRIVATE_NETWORKS.covers(Sources.parse(text))


@given(NETWORKS, NETWORKS)
def test_covering_agrees_with_every_edge(outer: list[Network], inner: list[Network]) -> None:
    outside, inside = Sources.of(outer), Sources.of(inner)
    edges = [edge for network in inside.networks for edge in (network[0], network[-1])]
    if outside.covers(inside):
        assert all(outside.admits(edge) for edge in edges)
    assert Sources.of([*outer, *inner]).covers(inside)


@given(NETWORKS, st.ip_addresses())
def test_merging_changes_nobody_s_admission(networks: list[Network], caller: object) -> None:
    address = ip_address(str(caller))
    assert Sources.of(networks).admits(address) is any(address in network for network in networks)


@given(NETWORKS.filter(bool))
def test_what_is_written_is_read_back(networks: list[Network]) -> None:
    sources = Sources.of(networks)
    assert Sources.parse(str(sources)) == sources
    assert Sources.of(ip_network(str(network)) for network in reversed(sources.networks)) == sources
