"""What an HAProxy for Pod-Proxier is to be: one frozen value, from which everything is rendered."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from core.adapters.haproxy.slots import ALLOW, UNTIL
from core.domain.route import PortRange

LONGEST_SOCKET_PATH: Final = 90
"""Characters. The kernel takes 107 (unix(7)); HAProxy binds under a longer temporary name first."""
STATS_MAXCONN: Final = 64
"""Connections to the runtime socket at a time; HAProxy's own default of 10 makes a busy bot wait."""


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A runtime socket in the file system."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A runtime socket on loopback; it knows no passwords, so that any other address is refused.

    Raises:
        ValueError: the address is not loopback.
    """

    host: IPv4Address
    port: int

    def __post_init__(self) -> None:
        if not self.host.is_loopback:
            raise ValueError(f"HAProxy's runtime socket has no passwords: {self.host} must be a loopback address")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


RuntimeAddress = UnixAddress | TcpAddress


def parse_runtime_address(text: str) -> RuntimeAddress:
    """Read ``/run/haproxy/admin.sock`` or ``127.0.0.1:9999``; HAProxy's ``unix@`` and ``ipv4@`` are forgiven.

    Raises:
        ValueError: neither an absolute path nor a loopback address with a port; the text says which.
    """
    plain = text.removeprefix("unix@").removeprefix("ipv4@")
    if plain.startswith("/"):
        return UnixAddress(Path(plain))
    host, colon, port = plain.replace("localhost", "127.0.0.1").rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"{text!r} is neither an absolute path nor a loopback address with a port")
    return TcpAddress(IPv4Address(host), int(port))


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """An HAProxy of slots.

    Attributes:
        ports: the listening ports; a slot for each.
        folder: holds every file that the configuration names. Absolute; whoever may enter it may do anything.
        bind: where the ports listen. IPv4: a caller by IPv6 cannot be told apart by the sources, so there is none.
        runtime: the runtime socket; left out, ``admin.sock`` in the folder.
        whoami_port: an HTTP port that answers with the caller's address.
        maxconn: connections in all; each takes two file descriptors, and pipes to splice through.
        connect_timeout: how long a pod may take to accept. It also bounds how long a connection that is still being
            made to a pod outlives a cut (HAProxy before 3.2).
        idle_timeout: how long a connection may be silent; a debugger at a breakpoint is so for hours, and dead peers
            are found by keep-alives instead.
        probe_timeout: how long a probe waits for an answer.

    Raises:
        ValueError: the parts do not fit together; the text says which.
    """

    ports: PortRange
    folder: Path
    bind: IPv4Address = IPv4Address("0.0.0.0")  # noqa: RUF009 - immutable
    runtime: RuntimeAddress | None = None
    whoami_port: int | None = None
    maxconn: int = 2_000
    connect_timeout: timedelta = timedelta(seconds=3)
    idle_timeout: timedelta = timedelta(days=24)
    probe_timeout: timedelta = timedelta(seconds=2)

    def __post_init__(self) -> None:
        if not self.folder.is_absolute() or len(str(self.folder).split()) != 1:
            raise ValueError(f"{self.folder} must be an absolute path without spaces")
        if len(str(self.folder / "admin.sock")) > LONGEST_SOCKET_PATH:
            raise ValueError(f"{self.folder} is too long a path for a socket in it; choose a shorter state directory")
        if self.whoami_port is not None and self.whoami_port in self.ports:
            raise ValueError(f"the whoami port {self.whoami_port} lies in the range of mappings, {self.ports}")

    @property
    def runtime_address(self) -> RuntimeAddress:
        """Where the runtime socket is."""
        return self.runtime or UnixAddress(self.folder / "admin.sock")

    @property
    def haproxy_cfg(self) -> Path:
        """The configuration's file."""
        return self.folder / "haproxy.cfg"

    @property
    def lua(self) -> Path:
        """The file of what HAProxy runs by itself."""
        return self.folder / "gateway.lua"

    @property
    def probe_socket(self) -> Path:
        """The socket inside HAProxy that leads a probe to where it is to go."""
        return self.folder / "probe.sock"

    @property
    def allow_map(self) -> Path:
        """Who may connect; empty on disk, always, so that a fresh HAProxy serves nobody."""
        return self.folder / ALLOW

    @property
    def until_map(self) -> Path:
        """Until when; empty on disk, always."""
        return self.folder / UNTIL
