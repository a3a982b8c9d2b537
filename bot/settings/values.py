"""Values as people type them, read once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum, StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf

from bot.slack.settings import Transport
from core.domain.errors import BadInput
from core.domain.route import PortRange
from core.domain.sources import Sources
from core.domain.target import MAX_PORT, same_port_name
from core.domain.ttl import parse_ttl


class GatewayKind(StrEnum):
    """Whose HAProxy it is."""

    EMBEDDED = "embedded"
    """The bot starts it, and keeps it running."""
    SOCKET = "socket"
    """Somebody else's, reached by its runtime socket."""
    DATAPLANE = "dataplane"
    """Somebody else's, reached by its Data Plane API."""


class LogFormat(StrEnum):
    """How an event of the log is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which events on the log holds them."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """A TCP address on loopback."""

    host: IPv4Address
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


_RANGE: Final = re.compile(r"(\d{1,5})\s*[-–]\s*(\d{1,5})")  # noqa: RUF001 - an en dash, as word processors write it
_HOST_AND_PORT: Final = re.compile(r"([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?")
_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


FIRST_UNPRIVILEGED: Final = 1024
LARGEST_BATCH: Final = 10_000


def _read(parse: Callable[[str], object], *, lists: bool = False) -> BeforeValidator:
    """Have a text parsed; what is a value already is left to the field's type. ``lists``: a file may give a list."""

    def validate(given: object) -> object:
        if isinstance(given, dict) or (isinstance(given, list) and not lists):
            raise ValueError("it takes a single value")
        if not isinstance(given, str):
            return given
        try:
            return parse(given.strip())
        except BadInput as exc:
            raise ValueError(str(exc)) from exc

    return BeforeValidator(validate)


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= MAX_PORT:
        raise ValueError(f"{text!r} is not a port from 1 to {MAX_PORT}")
    return number


def _ports(text: str) -> PortRange:
    found = _RANGE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a range of ports")
    first, last = _port(found[1]), _port(found[2])
    if first > last:
        raise ValueError(f"{text!r} ends before it begins")
    return PortRange(first, last)


def _seconds(text: str) -> timedelta:
    return parse_ttl(f"{text}s" if text.isascii() and text.isdigit() else text)


def _flag(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text.lower() in _YES


def _namespace(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9*?\[\]!-]{1,63}", text.lower()):
        raise ValueError(f"{text!r} is not a namespace")
    return text.lower()


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if not words:
        raise ValueError("it names nothing")
    return words


def _address(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError as exc:
        raise ValueError(f"{text!r} is not an IP address") from exc


def _ipv4(text: str) -> IPv4Address:
    address = _address(text)
    if not isinstance(address, IPv4Address):
        raise ValueError(f"{text} is an IPv6 address; the ports of mappings listen on IPv4")  # noqa: TRY004 - a value
    return address


def _socket(text: str) -> str:
    if text.startswith("/"):
        return text
    host, _, port = text.rpartition(":")
    where = _loopback(host)
    if where is None or not _port(port):
        raise ValueError(f"{text!r} is neither an absolute path nor a loopback address with a port")
    if isinstance(where, IPv6Address):
        raise ValueError(f"{text!r} is an IPv6 address; HAProxy is reached by a path or on 127.0.0.1")  # noqa: TRY004 - a value
    return text


def _loopback(host: str) -> IPv4Address | IPv6Address | None:
    """Read a loopback address; ``None`` where it is none."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    except ValueError:
        return None
    return address if address.is_loopback else None


def _local(text: str) -> LocalAddress:
    host, _, port = text.rpartition(":")
    address = _ipv4("127.0.0.1" if host == "localhost" else host)
    if not address.is_loopback:
        raise ValueError(f"{host} is not loopback, where only this machine gets in")
    return LocalAddress(address, _port(port))


def _port_above_1023(text: str) -> int:
    port = _port(text)
    if port < FIRST_UNPRIVILEGED:
        raise ValueError(f"{port} is below {FIRST_UNPRIVILEGED}, where only root may listen")
    return port


def _channel(text: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]{2,}", text):
        raise ValueError(f"{text!r} is not the id of a channel; it stands at the end of the channel's details")
    return text


def _port_name(text: str) -> str:
    name = same_port_name(text)
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name):
        raise ValueError(f"{text!r} is not the name of a port")
    return name


def _batch(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_BATCH):
        raise ValueError(f"{text!r} is not a number from 1 to {LARGEST_BATCH}")
    return int(text)


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError(f"{text!r} is not a URL")
    return text if text.endswith("/") else f"{text}/"


def _api(text: str) -> str:
    url = _url(text).rstrip("/")
    if "@" in url:
        raise ValueError("who we are is not part of the URL: --api-user, and --api-password-file")
    if not _HOST_AND_PORT.fullmatch(url.partition("://")[2].partition("/")[0]):
        raise ValueError(f"{text!r} names no host, or no port behind it")
    return url


def _user(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.@-]+", text):
        raise ValueError(f"{text!r} is not a user's name in HAProxy's configuration")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]+|\[[0-9A-Fa-f:.]+]", text):
        raise ValueError(f"{text!r} is neither a host's name nor an address")
    return text


def as_path(text: str) -> Path:
    """Make a path absolute; ``~`` is the home folder.

    Raises:
        ValueError: there is none.
    """
    if not text:
        raise ValueError("it is empty")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as exc:
        raise ValueError(f"{text!r}: there is no home folder") from exc


def _one_of(kind: type[Enum]) -> BeforeValidator:
    def parse(text: str) -> object:
        known = [str(member.value) for member in kind]
        if text.lower() not in known:
            near = get_close_matches(text.lower(), known, n=1)
            raise ValueError(f"{text!r} is none of {', '.join(known)}" + (f"; {near[0]}?" if near else ""))
        return kind(text.lower())

    return _read(parse)


File: TypeAlias = Annotated[Path, _read(as_path)]
Flag: TypeAlias = Annotated[bool, _read(_flag)]
Text: TypeAlias = Annotated[str, _read(str)]
Namespaces: TypeAlias = Annotated[
    tuple[Annotated[str, _read(_namespace)], ...], Field(min_length=1), _read(_words, lists=True)
]
PortNames: TypeAlias = Annotated[
    tuple[Annotated[str, _read(same_port_name)], ...], Field(min_length=1), _read(_words, lists=True)
]
PortName: TypeAlias = Annotated[str, _read(_port_name)]
Port: TypeAlias = Annotated[int, _read(_port)]
HighPort: TypeAlias = Annotated[int, _read(_port_above_1023)]
Batch: TypeAlias = Annotated[int, _read(_batch)]
Local: TypeAlias = Annotated[InstanceOf[LocalAddress], _read(_local)]
Networks: TypeAlias = Annotated[InstanceOf[Sources], _read(Sources.parse)]
ChannelId: TypeAlias = Annotated[str, _read(_channel)]
PortSpan: TypeAlias = Annotated[InstanceOf[PortRange], _read(_ports)]
Duration: TypeAlias = Annotated[timedelta, _read(parse_ttl)]
Seconds: TypeAlias = Annotated[timedelta, _read(_seconds)]
Ip: TypeAlias = Annotated[IPv4Address | IPv6Address, _read(_address)]
Ipv4: TypeAlias = Annotated[IPv4Address, _read(_ipv4)]
RuntimeSocket: TypeAlias = Annotated[str, _read(_socket)]
Url: TypeAlias = Annotated[str, _read(_url)]
ApiUrl: TypeAlias = Annotated[str, _read(_api)]
ApiUser: TypeAlias = Annotated[str, _read(_user)]
Host: TypeAlias = Annotated[str, _read(_host)]
ChosenGateway: TypeAlias = Annotated[GatewayKind, _one_of(GatewayKind)]
ChosenTransport: TypeAlias = Annotated[Transport, _one_of(Transport)]
ChosenFormat: TypeAlias = Annotated[LogFormat, _one_of(LogFormat)]
ChosenLevel: TypeAlias = Annotated[LogLevel, _one_of(LogLevel)]
