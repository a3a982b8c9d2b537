"""Source addresses: who may connect to a mapping's port."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Self, TypeAlias

from core.domain.errors import BadSource
from core.domain.target import Address

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Sources:
    """The networks whose hosts may connect; sorted, without overlaps. Empty means nobody."""

    networks: tuple[Network, ...]

    @classmethod
    def of(cls, networks: Iterable[Network]) -> Self:
        """Sort the networks and merge those that overlap or touch."""
        given = list(networks)
        fours = collapse_addresses(n for n in given if isinstance(n, IPv4Network))
        sixes = collapse_addresses(n for n in given if isinstance(n, IPv6Network))
        return cls((*fours, *sixes))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read addresses and CIDRs with commas between: ``10.1.2.3`` or ``10.0.0.0/8,192.168.1.7``.

        Raises:
            BadSource: one of them is no address; names it, and shows the network where host bits were set.
        """
        return cls.of(_parse_network(part.strip(), text) for part in text.split(","))

    @property
    def by_ipv4(self) -> bool:
        """Whether anyone in here could call by IPv4, which is how the ports listen."""
        return any(isinstance(network, IPv4Network) for network in self.networks)

    def admits(self, address: Address) -> bool:
        """Whether a caller with this address may connect."""
        return any(address in network for network in self.networks)

    def covers(self, other: "Sources") -> bool:
        """Whether everyone in ``other`` is also in here."""
        return all(any(_within(inner, outer) for outer in self.networks) for inner in other.networks)

    def __str__(self) -> str:
        return ", ".join(_short(network) for network in self.networks)


def _parse_network(part: str, whole: str) -> Network:
    try:
        return ip_network(part)
    except ValueError as exc:
        raise BadSource(whole, part, example=_corrected(part)) from exc


def _corrected(part: str) -> str:
    try:
        return str(ip_network(part, strict=False))
    except ValueError:
        return "10.1.2.3"


def _within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def _short(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
