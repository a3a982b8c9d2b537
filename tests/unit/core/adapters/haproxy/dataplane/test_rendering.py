import os
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.adapters.haproxy.addresses import TcpAddress
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.dataplane.rendering import PASSWORD_VARIABLE, ApiPlace, files_with_api, render_with_api
from core.adapters.haproxy.rendering import render
from core.domain.route import PortRange
from tests.contract.gateway.haproxies import short_folder, write_files_with_api

CONFIG = GatewayConfig(ports=PortRange(10_000, 10_019), folder=Path("/run/pp"))
PLACE = ApiPlace("http://127.0.0.1:5556", "dataplane")


def files(config: GatewayConfig = CONFIG, place: ApiPlace = PLACE) -> dict[str, str]:
    return {path.name: text for path, text in files_with_api(config, place).items()}


def api() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(files()["dataplaneapi.yml"])
    return parsed


@pytest.mark.parametrize("which", ["haproxy_wheel", "haproxy_debian"])
@pytest.mark.parametrize("environ", [{PASSWORD_VARIABLE: "secret"}, {}], ids=["with a password", "without"])
def test_haproxy_takes_it_without_a_warning(
    request: pytest.FixtureRequest, which: str, environ: dict[str, str]
) -> None:
    binary = request.getfixturevalue(which)
    with short_folder() as folder:
        config = replace(CONFIG, folder=folder)
        write_files_with_api(config)
        command = [binary, "-c", "-f", config.haproxy_cfg]
        checked = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert (checked.returncode, checked.stderr.strip()) in {(0, ""), (0, "Configuration file is valid")}


def test_no_secret_stands_in_any_file() -> None:
    assert os.environ.get(PASSWORD_VARIABLE) is None
    assert f'user dataplane insecure-password "${{{PASSWORD_VARIABLE}}}"' in files()["haproxy.cfg"]


def test_the_maps_are_empty_and_the_api_may_not_fill_them() -> None:
    assert [files()[name] for name in ("allow.map", "until.map", "desk.map")] == ["", "", ""]
    assert api()["dataplaneapi"]["resources"]["update_map_files"] is False


def test_the_api_is_told_of_the_very_files_that_haproxy_reads() -> None:
    assert api()["haproxy"]["config_file"] == "/run/pp/haproxy.cfg"
    assert api()["dataplaneapi"]["resources"]["maps_dir"] == "/run/pp"
    assert "map_ip(/run/pp/allow.map)" in files()["haproxy.cfg"]
    assert "stats socket /run/pp/admin.sock mode 600 level admin expose-fd listeners" in files()["haproxy.cfg"]


def test_the_api_listens_where_the_bot_will_ask() -> None:
    assert (api()["dataplaneapi"]["host"], api()["dataplaneapi"]["port"]) == ("127.0.0.1", 5556)
    assert api()["dataplaneapi"]["userlist"]["userlist"] == "controller"


def test_haproxy_can_tell_which_configuration_it_runs() -> None:
    rendered = render_with_api(CONFIG, PLACE)
    assert rendered.sha != render(CONFIG).sha
    assert f'"/run/pp/desk.map", "{rendered.sha}", 32' in rendered.lua
    assert f"str({rendered.sha})" in rendered.haproxy_cfg


def test_a_runtime_socket_that_the_api_cannot_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="unix socket"):
        render_with_api(replace(CONFIG, runtime=TcpAddress(IPv4Address("127.0.0.1"), 9_999)), PLACE)


@pytest.mark.parametrize(("address", "user"), [("http://127.0.0.1", "two words"), ("/no-host", "admin")])
def test_a_place_that_would_not_stand_in_a_configuration_is_refused(address: str, user: str) -> None:
    with pytest.raises(ValueError, match=r"user of the API|names no host"):
        ApiPlace(address, user)
