"""The configuration of an HAProxy of slots, as text. Pure: for an HAProxy that we start, and for one of one's own.

Every line was tried on HAProxy 2.6 and 2.8; the reasons stand beside the lines.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Final

from core.adapters.haproxy.configuration import STATS_MAXCONN, GatewayConfig, UnixAddress
from core.adapters.haproxy.slots import FRONTEND, NOWHERE, SERVER, backend

SHA_LENGTH: Final = 16
_SHA: Final = "@SHA@"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The two files of a configuration.

    Attributes:
        sha: of both; HAProxy tells it back (``get var proc.pp_config``), so that one knows what it runs.
    """

    sha: str
    haproxy_cfg: str
    lua: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What another way to HAProxy than its runtime socket needs beside all the rest.

    Attributes:
        listening: options of the runtime socket.
        sections: more of the configuration.
        lua: more of the program; ``@SHA@`` in it becomes the ``sha``.
    """

    listening: str = ""
    sections: str = ""
    lua: str = ""


def render(config: GatewayConfig, *, built_for: str = "", beside: Beside = Beside()) -> Rendered:
    """Render a configuration.

    Args:
        config: what it is to be.
        built_for: the version of the binary that will run it; another one makes another ``sha``.
        beside: what another way to it needs.
    """
    lua = _lua(config) + beside.lua
    listening = f" {beside.listening}" if beside.listening else ""
    parts = [_global(config, listening), _defaults(config), _frontend(config), _probes(config), _slots(config)]
    if config.whoami_port is not None:
        parts.append(_whoami(config, config.whoami_port))
    if beside.sections:
        parts.append(beside.sections)
    text = "\n".join(parts)
    sha = sha256(f"{text}\0{lua}\0{built_for}".encode()).hexdigest()[:SHA_LENGTH]
    return Rendered(sha, text.replace(_SHA, sha), lua.replace(_SHA, sha))


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)


def _lua(config: GatewayConfig) -> str:
    """Set the program's constants; HAProxy 2.6 does not hand it arguments."""
    return f"""\
local UNTIL_MAP, PROBE_SOCKET = "{config.until_map}", "{config.probe_socket}"
local FIRST_PORT, LAST_PORT, PROBE_TIMEOUT_MS = {config.ports.first}, {config.ports.last}, {_ms(config.probe_timeout)}

{files(__package__).joinpath("gateway.lua").read_text()}"""


def _global(config: GatewayConfig, listening: str) -> str:
    address = config.runtime_address
    listen = f"{address} mode 600" if isinstance(address, UnixAddress) else f"ipv4@{address}"
    return f"""\
# Pod-Proxier's gateway: one frontend over all ports, one slot behind each, nothing open until the bot opens it.
# The maps are empty files, and stay so: what is open is told at run time, and forgotten when HAProxy ends.
global
  stats socket {listen} level admin{listening}
  stats maxconn {STATS_MAXCONN}
  maxconn {config.maxconn}
  hard-stop-after 30s
  # or a second HAProxy silently shares the ports, and half the connections, with the first
  noreuseport
  set-var proc.pp_config str({_SHA})
  lua-load {config.lua}
"""


def _defaults(config: GatewayConfig) -> str:
    return f"""\
defaults slot
  mode tcp
  balance roundrobin
  retries 0
  # without it the byte counters move only when a connection ends
  option contstats
  option splice-request
  option splice-response
  timeout connect {_ms(config.connect_timeout)}ms
  # a debugger at a breakpoint is silent for hours; dead peers are found by keep-alives
  timeout client {_ms(config.idle_timeout)}ms
  timeout server {_ms(config.idle_timeout)}ms
  option clitcpka
  clitcpka-idle 60s
  clitcpka-intvl 15s
  clitcpka-cnt 4
  option srvtcpka
  srvtcpka-idle 60s
  srvtcpka-intvl 15s
  srvtcpka-cnt 4
"""


def _frontend(config: GatewayConfig) -> str:
    allowed = f"{{ var(sess.caller),map_ip({config.allow_map}) -m found }}"
    return f"""\
frontend {FRONTEND} from slot
  bind {config.bind}:{config.ports}
  # who connected: per port and caller (the key), all connections and those refused for their source
  stick-table type ipv6 size 20k expire 7d store conn_cnt,gpc0,gpt0
  tcp-request connection set-var-fmt(sess.caller) fd00::%[dst_port,hex,bytes(12,4)]:%[src]
  # wall time; no deadline is a deadline that has passed
  tcp-request connection set-var(sess.now) date()
  tcp-request connection set-var(sess.left) dst_port,map_str_int({config.until_map},0),sub(sess.now)
  tcp-request connection reject unless {{ var(sess.left) -m int gt 0 }}
  tcp-request connection track-sc0 var(sess.caller)
  # at the session, not the connection: HAProxy 2.6 cannot store an expression any earlier
  tcp-request session sc-set-gpt0(0) dst_port
  tcp-request session sc-inc-gpc0(0) unless {allowed}
  tcp-request session reject unless {allowed}
  use_backend slot_%[dst_port]
"""


def _probes(config: GatewayConfig) -> str:
    return f"""\
# Where gateway.lua sends a probe, with the endpoint as the destination of a PROXY header; nobody else gets in.
frontend probes from slot
  bind unix@{config.probe_socket} mode 600 accept-proxy
  tcp-request content reject unless {{ dst_port -m int gt 0 }}
  default_backend probed
backend probed from slot
  timeout connect {_ms(config.probe_timeout)}ms
  tcp-response content lua.pp_answered
  tcp-response content close
  server destination *:0
"""


def _slots(config: GatewayConfig) -> str:
    address, port = NOWHERE
    return "".join(
        f"backend {backend(number)} from slot\n"
        f"  server {SERVER} {address}:{port} disabled on-marked-down shutdown-sessions\n"
        for number in config.ports.numbers()
    )


def _whoami(config: GatewayConfig, port: int) -> str:
    return f"""\
# curl HOST:{port} tells a person the address that HAProxy sees
defaults web
  mode http
  timeout client 5s
  timeout http-request 5s
  timeout http-keep-alive 1s
frontend whoami from web
  bind {config.bind}:{port}
  http-request return status 200 content-type text/plain lf-string "%[src]\\n"
"""
