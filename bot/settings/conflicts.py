"""Settings that are each right, and do not fit together."""

from collections.abc import Iterator
from typing import TypeAlias

from bot.settings.model import Settings
from bot.settings.values import GatewayKind
from core.domain.route import PortRange
from core.domain.target import MAX_PORT

Conflict: TypeAlias = tuple[str, str, str]
"""The field to change, what is wrong with it, and a value that would do."""


def conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield what does not fit together."""
    yield from _ports(settings)
    yield from _gateway(settings)
    if settings.inventory and (settings.kubeconfig or settings.context):
        other = "--kubeconfig" if settings.kubeconfig else "--context"
        yield "inventory", f"it takes the place of a cluster, and {other} names one; leave one of them out", "FILE"


def _ports(settings: Settings) -> Iterator[Conflict]:
    listen, whoami = settings.listen_port, settings.whoami_port
    if listen in settings.ports:
        yield "listen_port", f"{listen} lies in --ports {settings.ports}", _beside(settings.ports, whoami)
    if whoami is None:
        return
    if whoami in settings.ports:
        yield "whoami_port", f"{whoami} lies in --ports {settings.ports}", _beside(settings.ports, listen)
    elif whoami == listen:
        yield "whoami_port", f"{whoami} is --listen-port already", _beside(settings.ports, listen)


def _beside(ports: PortRange, taken: int | None) -> str:
    """Name a port near a range that is neither in it nor taken."""
    beside = (ports.last + 1, ports.last + 2, ports.first - 1, ports.first - 2)
    return str(next((port for port in beside if 1 <= port <= MAX_PORT and port != taken), MAX_PORT))


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
    port = (socket or "/").rpartition(":")[2]
    if port.isdigit() and int(port) in settings.ports:
        yield "haproxy_socket", f"port {port} lies in --ports {settings.ports}", "/run/haproxy/admin.sock"


def _dataplane(settings: Settings) -> Iterator[Conflict]:
    if settings.haproxy_socket and not settings.haproxy_socket.startswith("/"):
        yield "haproxy_socket", "the Data Plane API reaches HAProxy by a unix socket", "/etc/haproxy/admin.sock"
    port = settings.api_addr.rpartition(":")[2]
    if port.isdigit() and int(port) in settings.ports:
        yield "api_addr", f"port {port} lies in --ports {settings.ports}", "http://127.0.0.1:5555"
