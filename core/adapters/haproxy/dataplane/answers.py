"""The API's answers, read. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final

import msgspec
from msgspec.json import Decoder

from core.adapters.haproxy import slots
from core.adapters.haproxy.dataplane.errors import NotTheApi
from core.adapters.haproxy.replies import Counters, Server
from core.adapters.haproxy.slots import Entry
from core.domain.target import Address

_MAINTENANCE: Final = "maint"


class RuntimeServer(msgspec.Struct):
    """The server of a slot, as it runs."""

    address: str
    port: int = 0
    admin_state: str = ""

    def read(self) -> Server:
        """Say it in our words."""
        return Server(ip_address(self.address), self.port, self.admin_state == _MAINTENANCE)


class MapEntry(msgspec.Struct, omit_defaults=True):
    """An entry of a map; only of what is read does it have an id."""

    key: str
    value: str


class MapFile(msgspec.Struct):
    """A map, and the file that it was read from."""

    file: str = ""


class Fields(msgspec.Struct):
    """The columns that we look at of those that "show stat" has."""

    scur: int = 0
    stot: int = 0
    bin: int = 0
    bout: int = 0
    econ: int = 0
    status: str = ""
    addr: str = ""


class Stat(msgspec.Struct):
    """A line of "show stat"."""

    name: str = ""
    type: str = ""
    backend_name: str = ""
    stats: Fields = msgspec.field(default_factory=Fields)


class Stats(msgspec.Struct):
    """All lines of one process; version 2 has a list of these, with one in it."""

    stats: list[Stat] = []


class ProcessInfo(msgspec.Struct):
    """What we look at of "show info"."""

    pid: int = 0
    version: str = ""


class Info(msgspec.Struct):
    """A process, or why there is none; version 2 has a list of these."""

    info: ProcessInfo | None = None
    error: str = ""


class Caller(msgspec.Struct):
    """An entry of the stick table."""

    key: str
    conn_cnt: int = 0
    gpc0: int = 0


RUNTIME_SERVER: Final = Decoder(RuntimeServer)
CALLERS: Final[Decoder[list[Caller] | None]] = Decoder(list[Caller] | None)
ENTRIES: Final[Decoder[list[MapEntry] | None]] = Decoder(list[MapEntry] | None)
MAPS: Final[Decoder[list[MapFile] | None]] = Decoder(list[MapFile] | None)
INFO: Final[Decoder[list[Info] | Info]] = Decoder(list[Info] | Info)
STATS: Final[Decoder[list[Stats] | Stats]] = Decoder(list[Stats] | Stats)
VERSION: Final = Decoder(int)
FILED: Final[Decoder[dict[str, Any]]] = Decoder(dict[str, Any])


def lines(listed: list[Stats] | Stats) -> list[Stat]:
    """Gather all lines, whichever version they came in."""
    processes = listed if isinstance(listed, list) else [listed]
    return [line for process in processes for line in process.stats]


def filed(answer: dict[str, Any]) -> dict[str, Any]:
    """Unwrap a server as it stands in the file; version 2 puts the file's version around it."""
    return dict(answer["data"]) if "data" in answer else answer


def counters(found: Iterable[Stat]) -> dict[int, Counters]:
    """Read the counters of slots, by listening port."""
    ports = ((slots.port_of(line.name), line.stats) for line in found if line.type == "backend")
    return {port: Counters(f.scur, f.stot, f.bin, f.bout, f.econ) for port, f in ports if port is not None}


def servers(found: Iterable[Stat]) -> dict[int, Server]:
    """Read the servers of slots, by listening port.

    Raises:
        NotTheApi: their addresses are not told.
    """
    mine = ((slots.port_of(line.backend_name), line) for line in found if line.name == slots.SERVER)
    return {port: _server(line.stats) for port, line in mine if port is not None}


def _server(fields: Fields) -> Server:
    host, _, port = fields.addr.rpartition(":")
    if not host:
        raise NotTheApi("a look at its servers", "their addresses are hidden: its stats socket is to be of level admin")
    return Server(ip_address(host.strip("[]")), int(port), fields.status.startswith("MAINT"))


def by_port(found: Iterable[Entry], port_of: Callable[[str], int | None]) -> Mapping[int, tuple[Entry, ...]]:
    """Sort entries of a map by the listening port that their key is of; what is of none is left out."""
    sorted_out: defaultdict[int, list[Entry]] = defaultdict(list)
    for key, value in found:
        port = port_of(key)
        if port is not None:
            sorted_out[port].append((key, value))
    return {port: tuple(mine) for port, mine in sorted_out.items()}


def port_of_deadline(key: str) -> int | None:
    """Read the listening port that an entry of ``until.map`` is of; ``None`` for one that is not of ours."""
    return int(key) if key.isdecimal() else None


def entries(found: Iterable[MapEntry]) -> list[Entry]:
    """Say entries of a map in our words."""
    return [(entry.key, entry.value) for entry in found]


def callers(found: Iterable[Caller], port: int) -> tuple[dict[Address, int], dict[Address, int]]:
    """Read who came to a port: connections by caller, and those of them that were refused."""
    mine = {slots.caller(one.key): one for one in found if slots.port_of_caller(one.key) == port}
    refused: dict[Address, int] = {address: one.gpc0 for address, one in mine.items() if one.gpc0}
    return {address: one.conn_cnt for address, one in mine.items()}, refused


def refused(found: Iterable[Caller]) -> Mapping[int, Mapping[Address, int]]:
    """Read who was refused, by listening port and caller."""
    by_port: defaultdict[int, dict[Address, int]] = defaultdict(dict)
    for one in found:
        if one.gpc0:
            by_port[slots.port_of_caller(one.key)][slots.caller(one.key)] = one.gpc0
    return dict(by_port)
