from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from core.adapters.haproxy.configuration import (
    LONGEST_SOCKET_PATH,
    GatewayConfig,
    TcpAddress,
    UnixAddress,
    parse_runtime_address,
)
from core.domain.route import PortRange

PORTS = PortRange(10_000, 10_099)
LOOPBACK = IPv4Address("127.0.0.1")


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
        ({"whoami_port": 10_050}, "lies in the range"),
        ({"whoami_port": 0}, "no port"),
    ],
)
def test_parts_that_do_not_fit_are_told(settings: Mapping[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GatewayConfig(**{"ports": PORTS, "folder": Path("/run/pp"), **settings})


def test_a_folder_may_be_spelt_in_any_alphabet() -> None:
    assert GatewayConfig(ports=PORTS, folder=Path("/home/jürgen/.local/pod-proxier"))
