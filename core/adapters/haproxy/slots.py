"""How a mapping is spelt inside HAProxy: names of slots, and keys of the two maps. Pure.

``allow.map`` is one map keyed by IPv6 addresses, so that one look-up with longest prefix answers "may this caller use
this port": ``fd00::<port in hex>:<the caller's IPv4 address>``. The listener is IPv4, hence so are its callers. IPv6
networks among the sources are kept under ``fd00:6::<port in hex>:<index>``, which no caller's key can match: they are
read back as they were written, and admit nobody.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from core.domain.sources import Sources

SERVER: Final = "target"
"""The one server of every slot."""
NOWHERE: Final = (IPv4Address("127.0.0.2"), 1)
"""Where a shut slot points: nothing listens there. Never 0.0.0.0, which HAProxy takes for its own host."""
FRONTEND: Final = "mappings"
"""The frontend, and the stick table of callers that it keeps."""

ALLOW: Final = "allow.map"
UNTIL: Final = "until.map"

Entry = tuple[str, str]
"""A key of a map and its value."""

_SLOT = re.compile(r"slot_([0-9]{1,5})")
_ALLOWED = re.compile(r"fd00::([0-9a-f]{1,4}):([0-9.]+)/([0-9]+)")
_KEPT = re.compile(r"fd00:6::([0-9a-f]{1,4}):[0-9a-f]+")
_IPV4_STARTS_AT: Final = 96  # bits of the key before the caller's address
_SOURCES: Final = 1024  # sets of networks that are remembered: few rules, many ports


def backend(port: int) -> str:
    """Name the slot of a listening port."""
    return f"slot_{port}"


def port_of(backend_name: str) -> int | None:
    """Read the listening port back from a slot's name; ``None`` for any other backend."""
    match = _SLOT.fullmatch(backend_name)
    return int(match[1]) if match else None


def entries(port: int, sources: Sources) -> tuple[Entry, ...]:
    """Spell who may connect to a port as entries of ``allow.map``."""
    fours, sixes = _spelled(sources)
    return (
        *((f"fd00::{port:x}:{four}", "1") for four in fours),
        *((f"fd00:6::{port:x}:{index:x}", six) for index, six in enumerate(sixes)),
    )


@lru_cache(maxsize=_SOURCES)
def _spelled(sources: Sources) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Spell the parts that are the same for every port: the IPv4 networks, and the IPv6 ones."""
    fours = [network for network in sources.networks if isinstance(network, IPv4Network)]
    sixes = [network for network in sources.networks if isinstance(network, IPv6Network)]
    return tuple(f"{n.network_address}/{_IPV4_STARTS_AT + n.prefixlen}" for n in fours), tuple(map(str, sixes))


def port_of_entry(key: str) -> int | None:
    """The listening port that an entry of ``allow.map`` belongs to; ``None`` for one that is not of ours."""
    match = _ALLOWED.fullmatch(key) or _KEPT.fullmatch(key)
    return int(match[1], 16) if match else None


def sources(found: Iterable[Entry]) -> Sources | None:
    """Read the sources of one port back from its entries; ``None`` where there are none."""
    networks = tuple(_without_port(key, value) for key, value in found)
    return _read(networks) if networks else None


def _without_port(key: str, value: str) -> tuple[str, int]:
    """Say what an entry admits, in text: an IPv4 network as its address and length, an IPv6 one whole, and -1."""
    match = _ALLOWED.fullmatch(key)
    return (value, -1) if match is None else (match[2], int(match[3]) - _IPV4_STARTS_AT)


@lru_cache(maxsize=_SOURCES)
def _read(networks: tuple[tuple[str, int], ...]) -> Sources:
    try:
        return Sources.of(IPv6Network(text) if length < 0 else IPv4Network((text, length)) for text, length in networks)
    except ValueError:
        return Sources(())  # somebody meddled: nothing that a route asks for, and not shut either


def caller(key: str) -> IPv4Address:
    """Read a caller's address back from its key in the stick table."""
    return IPv4Address(int(IPv6Address(key)) & 0xFFFF_FFFF)


def port_of_caller(key: str) -> int:
    """Read the listening port that a caller came to back from the same key."""
    return int(IPv6Address(key)) >> 32 & 0xFFFF


def seconds(until: datetime) -> str:
    """Spell a deadline for ``until.map``: Unix time in whole seconds, a fraction cut off."""
    return str(int(until.timestamp()))


def deadline(value: str) -> datetime | None:
    """Read a deadline back; ``None`` where the value is none, which HAProxy takes for one that has passed."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None
