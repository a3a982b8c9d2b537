"""Settings that are each right, and do not fit together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.settings.about import flag
from bot.settings.model import Settings
from bot.settings.values import FIRST_UNPRIVILEGED, GatewayKind
from core.domain.route import PortRange
from core.domain.target import MAX_PORT

Conflict: TypeAlias = tuple[str, str, str]
"""The field to change, what is wrong with it, and a value that would do."""


def conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield what does not fit together."""
    yield from _ports(settings)
    yield from _services(settings)
    yield from _gateway(settings)
    yield from _callers(settings)
    if settings.inventory and (settings.kubeconfig or settings.context):
        other = "--kubeconfig" if settings.kubeconfig else "--context"
        yield "inventory", f"it takes the place of a cluster, and {other} names one; leave one of them out", "FILE"


@dataclass(frozen=True, slots=True)
class _Taken:
    """Ports that a setting takes; ``name`` is how the setting is called in an error."""

    field: str
    name: str
    ports: PortRange

    @property
    def single(self) -> bool:
        return len(self.ports) == 1


def _ports(settings: Settings) -> Iterator[Conflict]:
    """Yield ports that are meant for two things; the one that comes later in the list is to be changed."""
    if settings.port_range_start >= settings.port_range_end:
        over = f"it has to be above --port-range-start, which is {settings.port_range_start}"
        yield "port_range_end", over, str(min(settings.port_range_start + 100, MAX_PORT))
        return
    taken = list(_taken(settings))
    for index, one in enumerate(taken):
        other = next((other for other in taken[:index] if other.ports.overlaps(one.ports)), None)
        if other is not None:
            yield one.field, _clash(one, other), _free(one, taken)


def _taken(settings: Settings) -> Iterator[_Taken]:
    yield _Taken("ports", "--ports", settings.ports)
    if settings.enable_v2:
        yield _Taken("port_range_start", "--port-range-start to --port-range-end", settings.service_ports)
    singles = {
        "default_map_port": settings.default_map_port if settings.enable_v1 else None,
        "listen_port": settings.listen_port,
        "entry_api": settings.entry_api.port if settings.enable_v1 else None,
        "whoami_port": settings.whoami_port,
        "stats_port": settings.stats_port,
    }
    for field, port in singles.items():
        if port is not None:
            yield _Taken(field, flag(field), PortRange(port, port))


def _clash(one: _Taken, other: _Taken) -> str:
    if not one.single:
        return f"{one.ports} and {other.name} {other.ports} have ports in common"
    return f"{one.ports} is {other.name} already" if other.single else f"{one.ports} lies in {other.name} {other.ports}"


def _free(one: _Taken, taken: Sequence[_Taken]) -> str:
    """Name where as many ports are free, near the mappings' own range."""
    length, mappings = len(one.ports), taken[0].ports
    firsts = (mappings.last + 1, mappings.last + 2, mappings.first - length, mappings.last + 1_000, 9_000, 20_000)
    spots = (PortRange(first, first + length - 1) for first in firsts)
    others = [other.ports for other in taken if other is not one]
    fits = (s for s in spots if s.first >= FIRST_UNPRIVILEGED and s.last <= MAX_PORT)
    found = next((spot for spot in fits if not any(map(spot.overlaps, others))), None)
    first = found.first if found else MAX_PORT
    return f"127.0.0.1:{first}" if one.field == "entry_api" else str(first)


def _services(settings: Settings) -> Iterator[Conflict]:
    globs = [name for name in settings.allowed_namespaces if set(name) & set("*?[")]
    if settings.enable_v2 and globs:
        yield "allowed_namespaces", f"{globs[0]} is a pattern, and --enable-v2 wants names", "default,payments"


def _callers(settings: Settings) -> Iterator[Conflict]:
    """Yield an address where those never arrive who are to be let in."""
    allowed = settings.v1_allow_from.networks if settings.enable_v1 and settings.v1_allow_from else ()
    if settings.listen_addr.is_loopback and any(not network.is_loopback for network in allowed):
        yield "listen_addr", f"nobody of --v1-allow-from reaches {settings.listen_addr}", "0.0.0.0"


def _gateway(settings: Settings) -> Iterator[Conflict]:
    kind, socket = settings.gateway, settings.haproxy_socket
    embedded = kind is GatewayKind.EMBEDDED
    if kind is GatewayKind.SOCKET and socket is None:
        yield "haproxy_socket", "--gateway socket has to know where HAProxy listens", "/run/haproxy/admin.sock"
    if embedded and socket is not None:
        yield "gateway", "--haproxy-socket names an HAProxy that you run", "socket"
    if not embedded and settings.haproxy_binary is not None:
        yield "gateway", "--haproxy-binary names an HAProxy for the bot to start", "embedded"
    if kind is GatewayKind.DATAPLANE:
        yield from _dataplane(settings)
    if socket and (clash := _among_ours(socket, settings)):
        yield "haproxy_socket", clash, "/run/haproxy/admin.sock"


def _dataplane(settings: Settings) -> Iterator[Conflict]:
    if settings.haproxy_socket and not settings.haproxy_socket.startswith("/"):
        yield "haproxy_socket", "the Data Plane API reaches HAProxy by a unix socket", "/etc/haproxy/admin.sock"
    if clash := _among_ours(settings.api_addr, settings):
        yield "api_addr", clash, "http://127.0.0.1:5555"


def _among_ours(address: str, settings: Settings) -> str:
    """Say whose port an address names, if it is one where we or our HAProxy listen."""
    port = address.rpartition(":")[2]
    if not port.isdigit():
        return ""
    asked = _Taken("", "", PortRange(int(port), int(port)))
    other = next((other for other in _taken(settings) if other.ports.overlaps(asked.ports)), None)
    return f"port {_clash(asked, other)}" if other else ""
