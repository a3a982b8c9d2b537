"""What an HAProxy for Pod-Proxier is to be: one frozen value, from which everything is rendered."""

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from core.adapters.haproxy.slots import ALLOW, UNTIL
from core.domain.route import PortRange
from core.domain.target import MAX_PORT

LONGEST_SOCKET_PATH: Final = 90
"""Bytes. The kernel takes 107 (unix(7)); HAProxy binds under a longer temporary name first."""
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
        ValueError: the address is not loopback, or the port is none.
    """

    host: IPv4Address
    port: int

    def __post_init__(self) -> None:
        if not self.host.is_loopback:
            raise ValueError(f"HAProxy's runtime socket has no passwords: {self.host} must be a loopback address")
        _refuse_no_port(self.port)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


RuntimeAddress = UnixAddress | TcpAddress

_PLAIN_PATH: Final = re.compile(r"/[\w./@+=~-]*")
"""What both HAProxy's configuration and Lua take for nothing but a path, unquoted."""


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


def _refuse_path(path: Path) -> None:
    if not _PLAIN_PATH.fullmatch(str(path)):
        raise ValueError(f"{str(path)!r} must be an absolute path of letters, digits and any of . _ / @ + = ~ -")


def _refuse_no_port(port: int) -> None:
    if not 1 <= port <= MAX_PORT:
        raise ValueError(f"{port} is no port: they go from 1 to {MAX_PORT}")


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
        self._refuse_folder()
        if isinstance(self.runtime, UnixAddress):
            _refuse_path(self.runtime.path)
        for port in (self.ports.first, self.ports.last, self.whoami_port):
            if port is not None:
                _refuse_no_port(port)
        if self.ports.first > self.ports.last:
            raise ValueError(f"the range of mappings, {self.ports}, ends before it begins")
        if self.whoami_port is not None and self.whoami_port in self.ports:
            raise ValueError(f"the whoami port {self.whoami_port} lies in the range of mappings, {self.ports}")

    def _refuse_folder(self) -> None:
        _refuse_path(self.folder)
        if len(os.fsencode(self.folder / "admin.sock")) > LONGEST_SOCKET_PATH:
            raise ValueError(f"{self.folder} is too long a path for a socket in it; choose a shorter state directory")

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
