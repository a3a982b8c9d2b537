"""HAProxy's answers, read. Pure."""

import csv
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import chain
from typing import Final

from core.adapters.haproxy import slots
from core.adapters.haproxy.slots import Entry
from core.domain.route import Slot
from core.domain.target import Address

_MAINTENANCE: Final = 0x23
"""Forced, inherited, or by name resolution. Not 4 ("was so by configuration"), which stays set while serving."""
# Columns of "show servers state" (management.txt, 9.3).
_BACKEND, _SERVER_NAME, _ADDRESS, _ADMIN_STATE, _PORT = 1, 3, 4, 6, 18
# Columns of "show stat", as ``Counters`` names them; there are a hundred, in an order that changes with the version.
_COUNTED: Final = ("scur", "stot", "bin", "bout", "econ")
_CALLER: Final = re.compile(r"key=(\S+) .*gpc0=(\d+) conn_cnt=(\d+)")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a slot points, and whether it is shut."""

    address: Address
    port: int
    maintenance: bool


@dataclass(frozen=True, slots=True)
class SlotState:
    """All that HAProxy holds about one listening port.

    Attributes:
        deadlines: the values in ``until.map``; more than one where somebody added one twice.
        entries: what ``allow.map`` holds for the port, doubles included.
        sessions: connections now.
    """

    port: int
    server: Server
    deadlines: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    sessions: int = 0

    def slot(self) -> Slot:
        """Say it in the words of the domain."""
        dates = [found for value in self.deadlines if (found := slots.deadline(value)) is not None]
        serving = not self.server.maintenance
        return Slot(
            self.port,
            address=self.server.address if serving else None,
            target_port=self.server.port if serving else None,
            until=max(dates, default=None),
            sources=slots.sources(self.entries),
            sessions=self.sessions,
        )


@dataclass(frozen=True, slots=True)
class Counters:
    """A slot's counters since HAProxy started."""

    sessions: int
    connections: int
    bytes_in: int
    bytes_out: int
    failed: int


def servers(text: str) -> dict[int, Server]:
    """Read ``show servers state``, by listening port; other backends are left out."""
    found: dict[int, Server] = {}
    for line in text.splitlines():
        columns = line.split()
        port = slots.port_of(columns[_BACKEND]) if len(columns) > _PORT else None
        if port is not None and columns[_SERVER_NAME] == slots.SERVER:
            shut = bool(int(columns[_ADMIN_STATE]) & _MAINTENANCE)
            found[port] = Server(ip_address(columns[_ADDRESS]), int(columns[_PORT]), shut)
    return found


def counters(text: str) -> dict[int, Counters]:
    """Read the backends of ``show stat``, by listening port."""
    header, *rows = csv.reader(text.removeprefix("# ").splitlines())
    name, *wanted = (header.index(column) for column in ("pxname", *_COUNTED))
    ports = ((slots.port_of(row[name]), row) for row in rows)
    return {port: Counters(*(int(row[at] or 0) for at in wanted)) for port, row in ports if port is not None}


def map_entries(text: str) -> Iterator[Entry]:
    """Read ``show map FILE``: an address in memory, the key, the value."""
    for line in text.splitlines():
        _, key, value = line.split(maxsplit=2)
        yield key, value


def map_files(text: str) -> dict[str, str]:
    """Read ``show map``: the path of each map, by the name of its file."""
    paths = re.findall(r"^\d+ \((\S+)\)", text, re.MULTILINE)
    return {path.rpartition("/")[2]: path for path in paths}


def callers(text: str) -> dict[Address, tuple[int, int]]:
    """Read ``show table``: connections by caller, and those of them that were refused."""
    return {slots.caller(key): (int(all_of_them), int(refused)) for key, refused, all_of_them in _CALLER.findall(text)}


def refused(text: str) -> dict[int, dict[Address, int]]:
    """Read ``show table``: connections that were refused, by listening port and caller."""
    found: defaultdict[int, dict[Address, int]] = defaultdict(dict)
    for key, count, _ in _CALLER.findall(text):
        if int(count):
            found[slots.port_of_caller(key)][slots.caller(key)] = int(count)
    return dict(found)


def states(
    servers_text: str, stat_text: str, until_text: str, allow_text: str, only: int | None = None
) -> dict[int, SlotState]:
    """Put four answers together: every slot, or only one."""
    sessions = {port: counted.sessions for port, counted in counters(stat_text).items()}
    wanted = allow_text if only is None else _lines_of(only, allow_text)
    return together(servers(servers_text), sessions, map_entries(until_text), map_entries(wanted))


def together(
    servers_there: Mapping[int, Server], sessions: Mapping[int, int], until: Iterable[Entry], allow: Iterable[Entry]
) -> dict[int, SlotState]:
    """Put together what was read about some slots, each by its listening port, and the entries of both maps."""
    deadlines: defaultdict[int, list[str]] = defaultdict(list)
    for key, value in until:
        if key.isdecimal():
            deadlines[int(key)].append(value)
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    for key, value in allow:
        port = slots.port_of_entry(key)
        if port is not None:
            entries[port].append((key, value))
    return {
        port: SlotState(port, server, tuple(deadlines[port]), tuple(entries[port]), sessions[port])
        for port, server in servers_there.items()
    }


def strays(until_text: str, allow_text: str, ports: Container[int]) -> bool:
    """Whether the maps hold anything that is of none of these ports: nobody else will ever take it out."""
    deadlines = (int(key) if key.isdecimal() else None for key, _ in map_entries(until_text))
    allowed = (slots.port_of_entry(key) for key, _ in map_entries(allow_text))
    return any(port not in ports for port in chain(deadlines, allowed))


def _lines_of(port: int, allow_text: str) -> str:
    """Sort out one port's lines; quicker than reading thousands of others."""
    mark = f"::{port:x}:"
    return "\n".join(line for line in allow_text.splitlines() if mark in line)
