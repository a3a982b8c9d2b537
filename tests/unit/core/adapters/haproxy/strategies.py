"""Routes and states of slots as Hypothesis makes them up."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from hypothesis import strategies as st

from core.adapters.haproxy import slots
from core.adapters.haproxy.replies import Server, SlotState
from core.domain.route import Route
from core.domain.sources import Sources
from core.domain.target import Endpoint, PodUid

PORT: Final = 10_000
NOW: Final = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)

ports = st.integers(1, 65_535)
ipv4_networks = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 32),
)
ipv6_networks = st.builds(
    lambda address, length: IPv6Network((address, length), strict=False),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.integers(0, 128),
)
sources = st.builds(Sources.of, st.lists(ipv4_networks | ipv6_networks, min_size=1, max_size=5))
# Few addresses and ports, so that what is there is often what is wanted.
addresses = st.sampled_from(["10.0.0.7", "10.0.0.8", "fd12::7", "127.0.0.2"]).map(
    lambda text: IPv6Address(text) if ":" in text else IPv4Address(text)
)
target_ports = st.sampled_from([1, 5005, 5006])
ends = st.integers(1, 5).map(lambda hours: NOW + timedelta(hours=hours))
routes = st.builds(
    Route,
    port=st.just(PORT),
    endpoint=st.builds(Endpoint, address=addresses, port=target_ports, uid=st.just(PodUid("uid"))),
    sources=sources,
    until=ends,
)
deadlines = ends.map(slots.seconds) | st.sampled_from(["0", "", "junk"])


@st.composite
def states(draw: st.DrawFn, wanted: Route | None = None) -> SlotState:
    """Any state: left by another mapping, by a bot that broke off, or by somebody who meddled."""
    kept = slots.entries(PORT, wanted.sources) if wanted else ()
    old = slots.entries(PORT, draw(sources))
    entries = draw(st.lists(st.sampled_from((*kept, *old)), max_size=6))
    return SlotState(
        PORT,
        Server(draw(addresses), draw(target_ports), draw(st.booleans())),
        deadlines=tuple(draw(st.lists(deadlines, max_size=3))),
        entries=tuple(entries),
        sessions=draw(st.integers(0, 2)),
    )
