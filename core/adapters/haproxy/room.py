"""Whether this machine has room for an HAProxy: file descriptors, and ports that nobody else listens on."""

import errno
import resource
import socket
from typing import Final

from core.adapters.haproxy.configuration import GatewayConfig
from core.domain.errors import GatewayCannotStart

SPARE: Final = 200
"""File descriptors beside connections and listeners: pollers and pipes of the threads, sockets, files."""
_OTHERS: Final = "choose other --ports (--default-map-port with V1, --port-range-start with V2)"
_HINTS: Final = {
    errno.EADDRINUSE: f"end what listens there (another HAProxy of another --state-dir?), or {_OTHERS}",
    errno.EACCES: f"ports below 1024 need a privilege: {_OTHERS}",
    errno.EADDRNOTAVAIL: "--bind-addr must be an address of this machine",
}


def descriptors(config: GatewayConfig) -> int:
    """How many HAProxy wants: two for each connection, a pipe to splice through for each fourth, listeners, checks."""
    checks = len(config.checked or ())
    return 2 * config.maxconn + config.maxconn // 2 + len(config.all_ports) + checks + SPARE


def require_descriptors(config: GatewayConfig) -> None:
    """Refuse what the hard limit forbids; up to that HAProxy raises its own limit.

    Raises:
        GatewayCannotStart: it is too low.
    """
    wanted, (_, limit) = descriptors(config), resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        raise GatewayCannotStart(
            f"it wants {wanted} file descriptors, and this process may hand on {limit}",
            hint=f"raise the hard limit (ulimit -Hn {wanted}; systemd: LimitNOFILE={wanted})",
        )


def require_ports(config: GatewayConfig) -> None:
    """Refuse ports that cannot be listened on, before HAProxy does so in its own words.

    Raises:
        GatewayCannotStart: names the first of them.
    """
    others = (port for port in (config.whoami_port, config.stats_port) if port is not None)
    for port in (*config.all_ports.numbers(), *others):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((str(config.bind), port))
            except OSError as exc:
                why = f"{config.bind}:{port}: {exc.strerror}"
                raise GatewayCannotStart(why, hint=_HINTS.get(exc.errno or 0, "")) from exc
