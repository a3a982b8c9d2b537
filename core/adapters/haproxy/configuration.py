"""What an HAProxy for Pod-Proxier is to be: one frozen value, from which everything is rendered."""

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from itertools import combinations
from pathlib import Path
from typing import Final, TypeAlias

from core.adapters.haproxy.addresses import RuntimeAddress, TcpAddress, UnixAddress, refuse_no_port
from core.adapters.haproxy.slots import ALLOW, UNTIL
from core.domain.route import PortRange, Ports

LONGEST_SOCKET_PATH: Final = 90
"""Bytes. The kernel takes 107 (unix(7)); HAProxy binds under a longer temporary name first."""
STATS_MAXCONN: Final = 64
"""Connections to the runtime socket at a time; HAProxy's own default of 10 makes a busy bot wait."""

_PLAIN_PATH: Final = re.compile(r"/[\w./@+=~-]*")
"""What both HAProxy's configuration and Lua take for nothing but a path, unquoted."""


def _refuse_path(path: Path) -> None:
    if not _PLAIN_PATH.fullmatch(str(path)):
        raise ValueError(f"{str(path)!r} must be an absolute path of letters, digits and any of . _ / @ + = ~ -")


_Taken: TypeAlias = tuple[str, PortRange]
"""What something listens for, and the ports that it takes."""


def _refuse_range(what: str, ports: PortRange) -> None:
    refuse_no_port(ports.first)
    refuse_no_port(ports.last)
    if ports.first > ports.last:
        raise ValueError(f"{what}, {ports}, ends before it begins")


def _refuse_overlap(one: _Taken, other: _Taken) -> None:
    (what, ports), (also, others) = one, other
    if ports.overlaps(others):
        raise ValueError(f"{also}, {others}, and {what}, {ports}, must not share a port")


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry port: a slot like any other, which leads to the bot's own API while it is shut.

    Attributes:
        api: where the bot listens for who comes by it; to the bot they all come from loopback.
    """

    port: int
    api: TcpAddress


@dataclass(frozen=True, slots=True)
class Checks:
    """Health checks of the Services.

    Attributes:
        interval: from one to the next of the same Service; it bounds how long one may take to accept, too.
        timeout: for all of one.

    Raises:
        ValueError: one of them is no time at all.
    """

    interval: timedelta
    timeout: timedelta

    def __post_init__(self) -> None:
        if min(self.interval, self.timeout) < timedelta(milliseconds=1):
            raise ValueError("a health check takes at least a millisecond, and comes no more often than that")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """An HAProxy of slots.

    Attributes:
        ports: the mappings' listening ports; a slot for each.
        entry: the entry port, a slot as well.
        services: the Services' listening ports; a slot for each.
        checks: have the Services' targets tried again and again; no other one ever is.
        folder: holds every file that the configuration names. Absolute; whoever may enter it may do anything.
        bind: where the ports listen. IPv4: a caller by IPv6 cannot be told apart by the sources, so there is none.
        runtime: the runtime socket; left out, ``admin.sock`` in the folder.
        whoami_port: an HTTP port that answers with the caller's address.
        stats_port: an HTTP port with HAProxy's own statistics, under ``/stats``; they can be read there, and no more.
        hide_backend: show no slots there.
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
    entry: Entry | None = None
    services: PortRange | None = None
    checks: Checks | None = None
    folder: Path
    bind: IPv4Address = IPv4Address("0.0.0.0")  # noqa: RUF009 - immutable
    runtime: RuntimeAddress | None = None
    whoami_port: int | None = None
    stats_port: int | None = None
    hide_backend: bool = True
    maxconn: int = 2_000
    connect_timeout: timedelta = timedelta(seconds=3)
    idle_timeout: timedelta = timedelta(days=24)
    probe_timeout: timedelta = timedelta(seconds=2)

    def __post_init__(self) -> None:
        self._refuse_folder()
        if isinstance(self.runtime, UnixAddress):
            _refuse_path(self.runtime.path)
        taken = self._taken()
        for what, ports in taken:
            _refuse_range(what, ports)
        for one, other in combinations(taken, 2):
            _refuse_overlap(one, other)

    def _taken(self) -> list[_Taken]:
        """Name all ports that something listens on, or is reached at by HAProxy."""
        runtime = self.runtime.port if isinstance(self.runtime, TcpAddress) else None
        entry, api = (self.entry.port, self.entry.api.port) if self.entry else (None, None)
        single = {
            "the entry port": entry,
            "the API's port behind the entry port": api,
            "the whoami port": self.whoami_port,
            "the port of the statistics": self.stats_port,
            "the port of the runtime socket": runtime,
        }
        ranges: list[_Taken] = [("the range of mappings", self.ports)]
        if self.services is not None:
            ranges.append(("the range of Services", self.services))
        return ranges + [(what, PortRange(port, port)) for what, port in single.items() if port is not None]

    def _refuse_folder(self) -> None:
        _refuse_path(self.folder)
        if len(os.fsencode(self.folder / "admin.sock")) > LONGEST_SOCKET_PATH:
            raise ValueError(f"{self.folder} is too long a path for a socket in it; choose a shorter state directory")

    @property
    def all_ports(self) -> Ports:
        """Every listening port that has a slot."""
        entry = PortRange(self.entry.port, self.entry.port) if self.entry else None
        return Ports.of(*(ports for ports in (self.ports, entry, self.services) if ports is not None))

    @property
    def checked(self) -> PortRange | None:
        """The listening ports whose targets are tried again and again."""
        return self.services if self.checks else None

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
