from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from core.adapters.haproxy.addresses import TcpAddress, UnixAddress, parse_runtime_address
from core.adapters.haproxy.configuration import LONGEST_SOCKET_PATH, Checks, Entry, GatewayConfig
from core.domain.route import PortRange, Ports

PORTS = PortRange(10_000, 10_099)
LOOPBACK = IPv4Address("127.0.0.1")
ENTRY = Entry(8_849, TcpAddress(LOOPBACK, 3_344))
SERVICES = PortRange(9_000, 9_100)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/run/haproxy/admin.sock", UnixAddress(Path("/run/haproxy/admin.sock"))),
        ("unix@/run/haproxy/admin.sock", UnixAddress(Path("/run/haproxy/admin.sock"))),
        (" 127.0.0.1:9999 ", TcpAddress(LOOPBACK, 9999)),
        ("ipv4@127.0.0.1:9999", TcpAddress(LOOPBACK, 9999)),
        ("localhost:9999", TcpAddress(LOOPBACK, 9999)),
    ],
)
def test_a_runtime_socket_is_named_as_haproxy_names_it(text: str, address: object) -> None:
    assert parse_runtime_address(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "neither"),
        ("admin.sock", "neither"),
        ("127.0.0.1", "neither"),
        ("haproxy.example:9999", "neither"),
        ("[::1]:9999", "neither"),
        ("127.0.0.1:", "neither"),
        ("10.0.0.7:9999", "no passwords"),
        ("0.0.0.0:9999", "no passwords"),
        ("127.0.0.1:0", "no port"),
        ("127.0.0.1:70000", "no port"),
    ],
)
def test_what_is_no_runtime_socket_of_ours_is_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_runtime_address(text)


@pytest.mark.parametrize("text", ["/run/haproxy/admin.sock", "127.0.0.1:9999"])
def test_an_address_is_shown_as_it_is_written(text: str) -> None:
    assert str(parse_runtime_address(text)) == text


def test_every_file_lies_in_the_folder() -> None:
    config = GatewayConfig(ports=PORTS, folder=Path("/run/pp"))
    files = (config.haproxy_cfg, config.lua, config.probe_socket, config.allow_map, config.until_map)
    assert {file.parent for file in files} == {Path("/run/pp")}
    assert config.runtime_address == UnixAddress(Path("/run/pp/admin.sock"))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"folder": Path("run/pp")}, "absolute path"),
        ({"folder": Path("/run/p p")}, "absolute path"),
        ({"folder": Path('/run/p"p')}, "absolute path"),
        ({"folder": Path("/run/p)p")}, "absolute path"),
        ({"folder": Path("/run/p#p")}, "absolute path"),
        ({"folder": Path("/run/p\np")}, "absolute path"),
        ({"folder": Path("/run/p\\p")}, "absolute path"),
        ({"folder": Path("/run/p${HOME}")}, "absolute path"),
        ({"folder": Path("/" + "x" * LONGEST_SOCKET_PATH)}, "too long"),
        ({"folder": Path("/" + "ü" * (LONGEST_SOCKET_PATH // 2))}, "too long"),
        ({"runtime": UnixAddress(Path("/run/a b"))}, "absolute path"),
        ({"ports": PortRange(0, 10)}, "no port"),
        ({"ports": PortRange(65_530, 65_536)}, "no port"),
        ({"ports": PortRange(20, 10)}, "ends before it begins"),
        ({"whoami_port": 10_050}, "the whoami port, 10050, and the range of mappings, 10000-10099, must not share"),
        ({"whoami_port": 0}, "no port"),
        ({"stats_port": 10_000}, "the port of the statistics, 10000, and the range of mappings"),
        ({"stats_port": 9_999, "whoami_port": 9_999}, "the port of the statistics, 9999, and the whoami port"),
        ({"services": PortRange(9_000, 10_000)}, "the range of Services, 9000-10000, and the range of mappings"),
        ({"services": PortRange(10_020, 10_030)}, "the range of Services, 10020-10030, and the range of mappings"),
        ({"services": PortRange(9_100, 9_000)}, "ends before it begins"),
        ({"services": PortRange(65_000, 65_536)}, "no port"),
        ({"entry": Entry(10_001, ENTRY.api)}, "the entry port, 10001, and the range of mappings"),
        ({"entry": Entry(9_050, ENTRY.api), "services": SERVICES}, "the entry port, 9050, and the range of Services"),
        ({"entry": Entry(0, ENTRY.api)}, "no port"),
        ({"entry": Entry(3_344, ENTRY.api)}, "the API's port behind the entry port, 3344, and the entry port, 3344"),
        ({"entry": Entry(8_849, TcpAddress(LOOPBACK, 10_099))}, "the API's port behind the entry port, 10099, and"),
        ({"runtime": TcpAddress(LOOPBACK, 9_050), "services": SERVICES}, "the port of the runtime socket, 9050, and"),
    ],
)
def test_parts_that_do_not_fit_are_told(settings: Mapping[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GatewayConfig(**{"ports": PORTS, "folder": Path("/run/pp"), **settings})


def test_every_port_that_has_a_slot_is_told_in_order() -> None:
    alone = GatewayConfig(ports=PORTS, folder=Path("/run/pp"))
    assert alone.all_ports == Ports.of(PORTS)
    everything = replace(alone, entry=ENTRY, services=SERVICES)
    assert str(everything.all_ports) == "8849, 9000-9100, 10000-10099"


def test_only_the_services_are_ever_tried_and_only_where_that_is_wanted() -> None:
    alone = GatewayConfig(ports=PORTS, folder=Path("/run/pp"), checks=Checks(SECOND, SECOND))
    assert alone.checked is None
    assert replace(alone, services=SERVICES).checked == SERVICES
    assert replace(alone, services=SERVICES, checks=None).checked is None


@pytest.mark.parametrize("times", [(SECOND, timedelta()), (-SECOND, SECOND), (timedelta(microseconds=999), SECOND)])
def test_a_health_check_without_any_time_is_refused(times: tuple[timedelta, timedelta]) -> None:
    with pytest.raises(ValueError, match="at least a millisecond"):
        Checks(*times)


def test_a_folder_may_be_spelt_in_any_alphabet() -> None:
    assert GatewayConfig(ports=PORTS, folder=Path("/home/jürgen/.local/pod-proxier"))
