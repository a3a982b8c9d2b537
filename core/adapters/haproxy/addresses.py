"""Where things of a gateway listen: in the file system, or on loopback."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import TypeAlias

from core.domain.target import MAX_PORT


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A runtime socket in the file system."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A place on loopback: a runtime socket, which knows no passwords, or the API behind the entry port.

    Raises:
        ValueError: the address is not loopback, or the port is none.
    """

    host: IPv4Address
    port: int

    def __post_init__(self) -> None:
        if not self.host.is_loopback:
            raise ValueError(f"{self.host} is no loopback address, and nobody else may get there: it has no passwords")
        refuse_no_port(self.port)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


RuntimeAddress: TypeAlias = UnixAddress | TcpAddress


def parse_runtime_address(text: str) -> RuntimeAddress:
    """Read ``/run/haproxy/admin.sock`` or ``127.0.0.1:9999``; HAProxy's ``unix@`` and ``ipv4@`` are forgiven.

    Raises:
        ValueError: neither an absolute path nor a loopback address with a port; the text says which.
    """
    plain = text.strip().removeprefix("unix@").removeprefix("ipv4@")
    if plain.startswith("/"):
        return UnixAddress(Path(plain))
    host, _, port = plain.rpartition(":")
    try:
        address = IPv4Address("127.0.0.1" if host == "localhost" else host)
        number = int(port)
    except ValueError as exc:
        raise ValueError(f"{text!r} is neither an absolute path nor a loopback address with a port") from exc
    return TcpAddress(address, number)


def refuse_no_port(port: int) -> None:
    """Raise for a number that is no TCP port.

    Raises:
        ValueError: says which numbers are.
    """
    if not 1 <= port <= MAX_PORT:
        raise ValueError(f"{port} is no port: they go from 1 to {MAX_PORT}")
