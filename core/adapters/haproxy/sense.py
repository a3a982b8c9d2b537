"""Which routes are refused whatever the gateway: HAProxy would take them, or not refuse them in words."""

from datetime import datetime

from core.domain.errors import GatewayRefused
from core.domain.route import PortRange, Route
from core.domain.target import MAX_PORT, Address


def refuse_senseless(route: Route, ports: PortRange, now: datetime) -> None:
    """Raise for a route that no gateway should serve.

    Raises:
        GatewayRefused: says what is wrong with the route.
    """
    problem = _problem(route, ports, now)
    if problem:
        raise GatewayRefused(f"port {route.port} to {route.endpoint}", problem)


def _problem(route: Route, ports: PortRange, now: datetime) -> str:
    if route.port not in ports:
        return f"its ports are {ports}"
    if not 1 <= route.endpoint.port <= MAX_PORT:
        return f"a port is between 1 and {MAX_PORT}"
    if _is_special(route.endpoint.address):
        return f"{route.endpoint.address} is no pod's address"
    if not route.sources.networks:
        return "nobody may connect"
    return f"its end, {route.until.isoformat()}, has passed" if route.until <= now else ""


def _is_special(address: Address) -> bool:
    """No pod has such an address (Kubernetes refuses it in Endpoints), and some lead to a cloud's metadata service.

    Loopback is not among them: static targets of an inventory may well be on this machine.
    """
    return address.is_unspecified or address.is_multicast or address.is_link_local
