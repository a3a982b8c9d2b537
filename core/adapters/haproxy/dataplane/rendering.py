"""The files of an HAProxy with the Data Plane API beside it, which work together as they stand. Pure.

Nothing is a secret in them: the password comes from the environment of both programs. The maps are empty files, and the
API is told never to write to them: whatever restarts HAProxy, it serves nobody until the bot has spoken.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from core.adapters.haproxy.addresses import TcpAddress
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.rendering import Beside, Rendered, render

DESK: Final = "desk.map"
"""The map on which HAProxy and the bot leave word for each other."""
PLACES: Final = 32
"""Probes at a time."""
PASSWORD_VARIABLE: Final = "POD_PROXIER_API_PASSWORD"  # noqa: S105 - the name of a variable
_USER: Final = re.compile(r"[\w.@-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiPlace:
    """Where the Data Plane API is to listen, and for whom.

    Raises:
        ValueError: the address is no URL, or the user's name would not stand in a configuration.
    """

    address: str
    user: str

    def __post_init__(self) -> None:
        if not _USER.fullmatch(self.user):
            raise ValueError(f"{self.user!r}: a user of the API has letters, digits and any of . _ @ -")
        if not self.host:
            raise ValueError(f"{self.address!r} names no host")

    @property
    def host(self) -> str:
        """The host to listen on."""
        return urlsplit(self.address).hostname or ""

    @property
    def port(self) -> int:
        """The port to listen on."""
        return urlsplit(self.address).port or 5555


def desk_map(config: GatewayConfig) -> Path:
    """Name the file of the desk; empty on disk, always."""
    return config.folder / DESK


def render_with_api(config: GatewayConfig, place: ApiPlace) -> Rendered:
    """Render HAProxy's own two files.

    Raises:
        ValueError: the runtime socket is none that the API can reach.
    """
    if isinstance(config.runtime_address, TcpAddress):
        problem = f"the Data Plane API reaches HAProxy by a unix socket, not at {config.runtime_address}"
        raise ValueError(problem)  # noqa: TRY004 - a setting's value is wrong, whatever type it is read into
    lua = files(__package__).joinpath("desk.lua").read_text()
    constants = f'\nlocal DESK_MAP, CONFIG, PLACES = "{desk_map(config)}", "@SHA@", {PLACES}\n'
    beside = Beside(listening="expose-fd listeners", sections=_users(place), lua=constants + lua)
    return render(config, beside=beside)


def render_api(config: GatewayConfig, place: ApiPlace) -> str:
    """Render ``dataplaneapi.yml``, for versions 2 and 3."""
    return f"""\
# dataplaneapi -f {dataplaneapi_yml(config)}, with {PASSWORD_VARIABLE} in its environment, as in HAProxy's
config_version: 2
name: pod-proxier
dataplaneapi:
  scheme: [http]
  host: {place.host}
  port: {place.port}
  userlist:
    userlist: controller
  transaction:
    transaction_dir: {config.folder / "transactions"}
  resources:
    maps_dir: {config.folder}
    # or what is open would be written down, and a fresh HAProxy would serve it
    update_map_files: false
    ssl_certs_dir: {config.folder / "ssl"}
    spoe_dir: {config.folder / "spoe"}
    spoe_transaction_dir: {config.folder / "spoe-transactions"}
    dataplane_storage_dir: {config.folder / "storage"}
    general_storage_dir: {config.folder / "general"}
haproxy:
  config_file: {config.haproxy_cfg}
  haproxy_bin: haproxy
  # Pod-Proxier never asks for a reload; these are for you, and for whatever else you use the API for
  reload:
    reload_strategy: systemd
    service_name: haproxy.service
    reload_delay: 5
log_targets:
- log_to: stdout
  log_level: warning
  log_types: [app]
"""


def dataplaneapi_yml(config: GatewayConfig) -> Path:
    """Name the API's own file."""
    return config.folder / "dataplaneapi.yml"


def files_with_api(config: GatewayConfig, place: ApiPlace) -> Mapping[Path, str]:
    """Render every file, by its path.

    Raises:
        ValueError: the runtime socket is none that the API can reach.
    """
    rendered = render_with_api(config, place)
    return {
        config.haproxy_cfg: rendered.haproxy_cfg,
        config.lua: rendered.lua,
        dataplaneapi_yml(config): render_api(config, place),
        config.allow_map: "",
        config.until_map: "",
        desk_map(config): "",
    }


def _users(place: ApiPlace) -> str:
    return f"""\
# who may use the Data Plane API; the API reads this section
userlist controller
  user {place.user} insecure-password "${{{PASSWORD_VARIABLE}}}"
"""
