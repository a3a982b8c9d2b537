import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from core.adapters.haproxy.addresses import TcpAddress
from core.adapters.haproxy.configuration import Checks, Entry, GatewayConfig
from core.adapters.haproxy.rendering import SHA_LENGTH, render
from core.domain.route import PortRange
from tests.contract.gateway.haproxies import short_folder, write_files

CONFIG = GatewayConfig(ports=PortRange(10_000, 10_019), folder=Path("/run/pp"))
ENTRY = Entry(8_849, TcpAddress(IPv4Address("127.0.0.1"), 3_344))
CHECKS = Checks(timedelta(seconds=2), timedelta(seconds=15))
SERVICES = PortRange(9_000, 9_001)
FULL = replace(CONFIG, entry=ENTRY, services=SERVICES, checks=CHECKS, whoami_port=9_999, stats_port=8_404)
OTHERS = {
    "as it comes": CONFIG,
    "whoami": replace(CONFIG, whoami_port=9_999),
    "over TCP": replace(CONFIG, runtime=TcpAddress(IPv4Address("127.0.0.1"), 9_998)),
    "on one address": replace(CONFIG, bind=IPv4Address("127.0.0.1")),
    "one port": replace(CONFIG, ports=PortRange(10_000, 10_000)),
    "1,000 ports": replace(CONFIG, ports=PortRange(10_000, 10_999)),
    "an entry port": replace(CONFIG, entry=ENTRY),
    "Services": replace(CONFIG, services=SERVICES),
    "Services that are tried": replace(CONFIG, services=SERVICES, checks=CHECKS),
    "statistics": replace(CONFIG, stats_port=8_404),
    "statistics of everything": replace(CONFIG, stats_port=8_404, hide_backend=False),
    "all of it": FULL,
    "other times": replace(CONFIG, connect_timeout=timedelta(milliseconds=1500), probe_timeout=timedelta(seconds=1)),
}


@pytest.mark.parametrize("which", ["haproxy_wheel", "haproxy_debian"])
@pytest.mark.parametrize("config", OTHERS.values(), ids=OTHERS)
def test_haproxy_takes_it_without_a_warning(request: pytest.FixtureRequest, which: str, config: GatewayConfig) -> None:
    binary = request.getfixturevalue(which)
    with short_folder() as folder:
        config = replace(config, folder=folder)
        write_files(config)
        checked = subprocess.run([binary, "-c", "-f", config.haproxy_cfg], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr.strip()) in {(0, ""), (0, "Configuration file is valid")}


def test_the_mark_of_a_configuration_stands_in_it_once() -> None:
    rendered = render(CONFIG)
    assert re.fullmatch(rf"[0-9a-f]{{{SHA_LENGTH}}}", rendered.sha)
    assert rendered.haproxy_cfg.count(f"set-var proc.pp_config str({rendered.sha})") == 1
    assert "@SHA@" not in rendered.haproxy_cfg + rendered.lua


def test_the_same_settings_make_the_same_mark_and_any_other_another() -> None:
    marks = [render(config).sha for config in OTHERS.values()]
    assert len(set(marks)) == len(marks)
    assert render(CONFIG) == render(replace(CONFIG))
    assert render(CONFIG, built_for="2.8.25").sha != render(CONFIG, built_for="2.8.26").sha


def test_another_program_in_lua_makes_another_mark() -> None:
    slower = replace(CONFIG, folder=Path("/run/qq"))
    assert render(slower).lua != render(CONFIG).lua
    assert render(slower).sha != render(CONFIG).sha


def test_each_port_has_a_slot_that_is_shut_and_points_nowhere() -> None:
    text = render(CONFIG).haproxy_cfg
    for port in CONFIG.ports.numbers():
        assert (
            f"backend slot_{port} from slot\n  server target 127.0.0.2:1 disabled on-marked-down shutdown-ses" in text
        )
    assert len(re.findall(r"^backend slot_", text, re.MULTILINE)) == len(CONFIG.ports)


def test_no_second_haproxy_can_share_the_ports_and_no_file_restores_a_state() -> None:
    text = render(CONFIG).haproxy_cfg
    assert "\n  noreuseport\n" in text
    assert "server-state" not in text


def test_its_ports_listen_by_ipv4_alone() -> None:
    binds = re.findall(r"^  bind (\S+)", render(replace(CONFIG, whoami_port=9_999)).haproxy_cfg, re.MULTILINE)
    assert binds == ["0.0.0.0:10000-10019", "unix@/run/pp/probe.sock", "0.0.0.0:9999"]


def test_ports_of_every_kind_listen_have_a_slot_and_are_known_to_the_program_in_lua() -> None:
    rendered = render(FULL)
    binds = re.findall(r"^  bind 0.0.0.0:(\S+)", rendered.haproxy_cfg, re.MULTILINE)
    assert binds == ["8849", "9000-9001", "10000-10019", "9999", "8404"]
    slots = re.findall(r"^backend slot_(\d+)", rendered.haproxy_cfg, re.MULTILINE)
    assert list(map(int, slots)) == list(FULL.all_ports.numbers())
    assert "local PORTS, PROBE_TIMEOUT_MS = {{8849, 8849}, {9000, 9001}, {10000, 10019}}, 2000\n" in rendered.lua


def servers_that_are_tried(config: GatewayConfig) -> list[str]:
    text = render(config).haproxy_cfg
    return re.findall(r"^backend (\S+).*(?:\n  .*)*\n  server .* check ", text, re.MULTILINE)


def test_services_alone_are_tried_and_keep_their_connections_when_they_are_down() -> None:
    text = render(FULL).haproxy_cfg
    assert servers_that_are_tried(FULL) == ["slot_9000", "slot_9001"]
    assert (
        "backend slot_9000 from slot\n  timeout check 15000ms\n"
        "  server target 127.0.0.2:1 disabled check inter 2000ms\n"
    ) in text
    assert text.count("on-marked-down") == len(CONFIG.ports) + 1
    assert servers_that_are_tried(replace(FULL, checks=None)) == []


def test_nothing_of_an_entry_port_stands_where_there_is_none() -> None:
    text = render(replace(FULL, entry=None)).haproxy_cfg
    assert "to_api" not in text
    assert "entry_default" not in text
    assert "  server api 127.0.0.1:3344\n" in render(FULL).haproxy_cfg


def test_the_page_of_statistics_shows_no_slots_unless_it_is_asked_to_and_changes_nothing() -> None:
    scope = re.findall(r"^  stats scope (\S+)", render(FULL).haproxy_cfg, re.MULTILINE)
    assert scope == ["mappings", "probes", "whoami", "stats"]
    everything = render(replace(FULL, hide_backend=False)).haproxy_cfg
    assert "stats scope" not in everything
    assert "stats admin" not in everything


def test_the_runtime_socket_is_its_owner_s_or_on_loopback() -> None:
    assert "  stats socket /run/pp/admin.sock mode 600 level admin\n" in render(CONFIG).haproxy_cfg
    assert "  stats socket ipv4@127.0.0.1:9998 level admin\n" in render(OTHERS["over TCP"]).haproxy_cfg
