"""The configuration of an HAProxy of slots, as text. Pure: for an HAProxy that we start, and for one of one's own.

Every line was tried on HAProxy 2.6 and 2.8; the reasons stand beside the lines.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Final

from core.adapters.haproxy.addresses import UnixAddress
from core.adapters.haproxy.configuration import STATS_MAXCONN, GatewayConfig
from core.adapters.haproxy.sections import ms, sections

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
    parts = [_global(config, listening), _defaults(config), *sections(config), beside.sections]
    text = "\n".join(part for part in parts if part)
    sha = sha256(f"{text}\0{lua}\0{built_for}".encode()).hexdigest()[:SHA_LENGTH]
    return Rendered(sha, text.replace(_SHA, sha), lua.replace(_SHA, sha))


def _lua(config: GatewayConfig) -> str:
    """Set the program's constants; HAProxy 2.6 does not hand it arguments."""
    ranges = ", ".join(f"{{{ports.first}, {ports.last}}}" for ports in config.all_ports.ranges)
    return f"""\
local UNTIL_MAP, PROBE_SOCKET = "{config.until_map}", "{config.probe_socket}"
local PORTS, PROBE_TIMEOUT_MS = {{{ranges}}}, {ms(config.probe_timeout)}

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
  timeout connect {ms(config.connect_timeout)}ms
  # a debugger at a breakpoint is silent for hours; dead peers are found by keep-alives
  timeout client {ms(config.idle_timeout)}ms
  timeout server {ms(config.idle_timeout)}ms
  option clitcpka
  clitcpka-idle 60s
  clitcpka-intvl 15s
  clitcpka-cnt 4
  option srvtcpka
  srvtcpka-idle 60s
  srvtcpka-intvl 15s
  srvtcpka-cnt 4
"""
