"""What listens in an HAProxy of slots, and what it leads to: sections of the configuration, as text. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.adapters.haproxy.configuration import Checks, Entry, GatewayConfig
from core.adapters.haproxy.slots import FRONTEND, NOWHERE, SERVER, backend

ENTRY_DEFAULT: Final = "entry_default"
"""The backend that the entry port leads to while its slot is shut."""
API_CALLERS: Final = 256
"""Connections to the API by the entry port at a time: whoever comes to it must not take the room of the mappings."""
_API_SILENCE: Final = timedelta(minutes=2)
"""Longer than the API takes for any answer; who says nothing for so long is let go."""
_NOWHERE: Final = "{}:{}".format(*NOWHERE)
_PROBES: Final = "probes"
_WHOAMI: Final = "whoami"
_STATS: Final = "stats"


def sections(config: GatewayConfig) -> Iterator[str]:
    """Render everything but ``global`` and the defaults of slots."""
    yield _frontend(config)
    yield _probes(config)
    if config.entry is not None:
        yield _entry_default(config.entry)
    yield "".join(_slot(config, port) for port in config.all_ports.numbers())
    if config.whoami_port is not None or config.stats_port is not None:
        yield _WEB
    if config.whoami_port is not None:
        yield _whoami(config, config.whoami_port)
    if config.stats_port is not None:
        yield _stats(config, config.stats_port)


def ms(duration: timedelta) -> int:
    """Count whole milliseconds."""
    return int(duration.total_seconds() * 1000)


def _frontend(config: GatewayConfig) -> str:
    binds = "".join(f"  bind {config.bind}:{ports}\n" for ports in config.all_ports.ranges)
    allowed = f"{{ var(sess.caller),map_ip({config.allow_map}) -m found }}"
    by_entry = _by_entry(config.entry) if config.entry else _ByEntry()
    return f"""\
frontend {FRONTEND} from slot
{binds}\
  # who connected: per port and caller (the key), all connections and those refused for their source
  stick-table type ipv6 size 20k expire 7d store conn_cnt,gpc0,gpt0
  tcp-request connection set-var-fmt(sess.caller) fd00::%[dst_port,hex,bytes(12,4)]:%[src]
  # wall time; no deadline is a deadline that has passed
  tcp-request connection set-var(sess.now) date()
  tcp-request connection set-var(sess.left) dst_port,map_str_int({config.until_map},0),sub(sess.now)
{by_entry.connection}\
  tcp-request connection reject unless {{ var(sess.left) -m int gt 0 }}
  tcp-request connection track-sc0 var(sess.caller)
{by_entry.session}\
  # at the session, not the connection: HAProxy 2.6 cannot store an expression any earlier
  tcp-request session sc-set-gpt0(0) dst_port
  tcp-request session sc-inc-gpc0(0) unless {allowed}
  tcp-request session reject unless {allowed}
{by_entry.backend}\
  use_backend slot_%[dst_port]
"""


@dataclass(frozen=True, slots=True)
class _ByEntry:
    """What the entry port adds to the frontend, at each of three stages."""

    connection: str = ""
    session: str = ""
    backend: str = ""


def _by_entry(entry: Entry) -> _ByEntry:
    """Lead callers to the API, by a verdict that holds for the whole connection: no deadline, or a passed one.

    They are neither counted nor asked where they come from; whom an open slot does not admit is turned away there, too.
    """
    to_api = "{ var(sess.to_api) -m found }"
    shut = f"{{ dst_port {entry.port} }} !{{ var(sess.left) -m int gt 0 }}"
    return _ByEntry(
        connection=f"""\
  # the entry port while nothing is mapped there: to the API, uncounted, and no more than there is room for
  tcp-request connection set-var(sess.to_api) bool(true) if {shut}
  tcp-request connection reject if {to_api} {{ be_conn({ENTRY_DEFAULT}) ge {API_CALLERS} }}
  tcp-request connection accept if {to_api}
""",
        session=f"  tcp-request session accept if {to_api}\n",
        backend=f"  use_backend {ENTRY_DEFAULT} if {to_api}\n",
    )


def _probes(config: GatewayConfig) -> str:
    return f"""\
# Where gateway.lua sends a probe, with the endpoint as the destination of a PROXY header; nobody else gets in.
frontend {_PROBES} from slot
  bind unix@{config.probe_socket} mode 600 accept-proxy
  tcp-request content reject unless {{ dst_port -m int gt 0 }}
  default_backend probed
backend probed from slot
  timeout connect {ms(config.probe_timeout)}ms
  tcp-response content lua.pp_answered
  tcp-response content close
  server destination *:0
"""


def _entry_default(entry: Entry) -> str:
    return f"""\
# Everybody looks like loopback to what listens there, so it must not trust the address.
backend {ENTRY_DEFAULT} from slot
  timeout server {ms(_API_SILENCE)}ms
  server api {entry.api}
"""


def _slot(config: GatewayConfig, port: int) -> str:
    if config.checks is not None and config.checked is not None and port in config.checked:
        return _checked_slot(config.checks, port)
    return (
        f"backend {backend(port)} from slot\n  server {SERVER} {_NOWHERE} disabled on-marked-down shutdown-sessions\n"
    )


def _checked_slot(checks: Checks, port: int) -> str:
    """Have the target tried; one that is down takes nobody new, and keeps who is connected.

    Many debug agents stop listening while a debugger is attached: so "on-marked-down" would end the very connection
    that keeps them from answering.
    """
    return (
        f"backend {backend(port)} from slot\n"
        f"  timeout check {ms(checks.timeout)}ms\n"
        f"  server {SERVER} {_NOWHERE} disabled check inter {ms(checks.interval)}ms\n"
    )


_WEB: Final = """\
defaults web
  mode http
  timeout client 5s
  timeout http-request 5s
  timeout http-keep-alive 1s
"""


def _whoami(config: GatewayConfig, port: int) -> str:
    return f"""\
# curl HOST:{port} tells a person the address that HAProxy sees
frontend {_WHOAMI} from web
  bind {config.bind}:{port}
  http-request return status 200 content-type text/plain lf-string "%[src]\\n"
"""


def _stats(config: GatewayConfig, port: int) -> str:
    """Show HAProxy's own page; without "stats admin" nothing can be changed there."""
    shown = [FRONTEND, _PROBES, *([_WHOAMI] if config.whoami_port is not None else []), _STATS]
    scope = "".join(f"  stats scope {name}\n" for name in shown) if config.hide_backend else ""
    return f"""\
# http://HOST:{port}/stats shows what HAProxy counts, to whoever can get there
frontend {_STATS} from web
  bind {config.bind}:{port}
  http-request deny deny_status 405 unless METH_GET
  http-request return status 404 content-type text/plain string "GET /stats\\n" unless {{ path_beg /stats }}
  stats enable
  stats uri /stats
  stats hide-version
{scope}"""
