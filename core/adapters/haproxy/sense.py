"""Which routes and endpoints are refused whatever the gateway: HAProxy would take them, or not refuse them in words."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from core.domain.errors import GatewayRefused
from core.domain.route import Route
from core.domain.target import MAX_PORT, Address, Endpoint

log = structlog.get_logger(__name__)


def refuse_senseless(route: Route, now: datetime) -> None:
    """Raise for a route that no gateway should serve, whatever ports it has.

    Raises:
        GatewayRefused: says what is wrong with the route.
    """
    problem = _problem(route, now)
    if problem:
        raise GatewayRefused(f"port {route.port} to {route.endpoint}", problem)


def sensible(routes: Iterable[Route], now: datetime) -> dict[int, Route]:
    """Leave out what would be refused, so that the others are served; by port."""
    return {route.port: route for route in routes if _makes_sense(route, now)}


def _makes_sense(route: Route, now: datetime) -> bool:
    try:
        refuse_senseless(route, now)
    except GatewayRefused as exc:
        log.warning("haproxy.route_left_out", port=route.port, endpoint=str(route.endpoint), message=str(exc))
        return False
    return True


def refuse_senseless_endpoint(endpoint: Endpoint) -> None:
    """Raise for an endpoint that no gateway should try.

    Raises:
        GatewayRefused: says what is wrong with it.
    """
    problem = _problem_of(endpoint)
    if problem:
        raise GatewayRefused(f"{endpoint}", problem)


def _problem(route: Route, now: datetime) -> str:
    if not route.sources.networks:
        return "nobody may connect"
    if route.until <= now:
        return f"its end, {route.until.isoformat()}, has passed"
    return _problem_of(route.endpoint)


def _problem_of(endpoint: Endpoint) -> str:
    if not 1 <= endpoint.port <= MAX_PORT:
        return f"a port is between 1 and {MAX_PORT}"
    return f"{endpoint.address} is no pod's address" if _is_special(endpoint.address) else ""


def _is_special(address: Address) -> bool:
    """No pod has such an address (Kubernetes refuses it in Endpoints), and some lead to a cloud's metadata service.

    Loopback is not among them: static targets of an inventory may well be on this machine.
    """
    plain = (address.version == 6 and address.ipv4_mapped) or address  # noqa: PLR2004 - one of IPv4 in IPv6's clothes
    return plain.is_unspecified or plain.is_multicast or plain.is_link_local
