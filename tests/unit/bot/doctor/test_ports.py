import socket
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from bot.doctor.ports import apart_from_others, free
from core.domain.route import PortRange
from tests.real_parts import free_port
from tests.unit.bot.doctor.patients import Process, SomeGateway, kernel, lines, listening, opening, patient

DOWN = opening(SomeGateway(process=None))
LOOPBACK = IPv4Address("127.0.0.1")


@pytest.mark.parametrize(("first", "last"), [(900, 1000), (2000, 2100), (900, 2100), (1500, 1600)])
async def test_ports_that_the_kernel_hands_out_fail(tmp_path: Path, first: int, last: int) -> None:
    [found] = await apart_from_others(patient(tmp_path, listening=listening(PortRange(first, last))))
    assert found.text.startswith(f"{first}-{last} overlaps 1000-2000, from which the kernel takes")
    assert found.level == "FAIL"


async def test_ports_that_the_kernel_was_told_to_leave_alone_are_fine(tmp_path: Path) -> None:
    reserving = patient(tmp_path, listening=listening(PortRange(1990, 2010)))
    kernel(tmp_path, reserved="1,1990-1999,2000\n")
    assert [found.level for found in await apart_from_others(reserving)] == ["ok"]
    kernel(tmp_path, reserved="1990-1999\n")
    assert [found.level for found in await apart_from_others(reserving)] == ["FAIL"]


async def test_node_ports_fail(tmp_path: Path) -> None:
    [found] = await apart_from_others(patient(tmp_path, listening=listening(PortRange(32_767, 32_800))))
    assert found.text == "32767-32800 overlaps Kubernetes' NodePorts, 30000-32767"


async def test_each_range_is_looked_at(tmp_path: Path) -> None:
    several = listening(PortRange(900, 910), PortRange(1500, 1600), PortRange(31_000, 31_001))
    found = await apart_from_others(patient(tmp_path, listening=several))
    assert [one.text.partition(" overlaps")[0] for one in found] == ["1500-1600", "31000-31001"]


async def test_where_the_kernel_has_no_such_setting_it_is_not_asked(tmp_path: Path) -> None:
    [found] = await apart_from_others(patient(tmp_path, kernel=tmp_path / "elsewhere"))
    assert found.level == "ok"


async def test_a_port_that_somebody_listens_on_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        busy = listening(PortRange(port, port), bind=LOOPBACK)
        [found] = await free(patient(tmp_path, gateway=DOWN, listening=busy))
    assert (found.level, found.text) == ("FAIL", f"some ports cannot be used: Address already in use: {port}")


async def test_the_extra_ports_must_be_free_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port, taken = free_port(), server.getsockname()[1]
        busy = listening(PortRange(port, port), bind=LOOPBACK, extra_ports=(taken,))
        [found] = await free(patient(tmp_path, gateway=DOWN, listening=busy))
    assert (found.level, str(taken) in found.text) == ("FAIL", True)


async def test_free_ports_are_free(tmp_path: Path) -> None:
    port = free_port()
    idle = listening(PortRange(port, port), bind=LOOPBACK)
    assert lines(await free(patient(tmp_path, gateway=DOWN, listening=idle))) == [f"ok   it: {port} is free"]


async def test_ports_that_the_gateway_holds_are_not_tried(tmp_path: Path) -> None:
    [found] = await free(patient(tmp_path))
    assert found.text.endswith("is held by the gateway")


async def test_a_gateway_with_other_ports_is_not_said_to_hold_these(tmp_path: Path) -> None:
    other, port = opening(SomeGateway(Process("another"))), free_port()
    idle = listening(PortRange(port, port), bind=LOOPBACK)
    [found] = await free(patient(tmp_path, gateway=other, listening=idle))
    assert (found.level, found.text) == ("ok", f"{port} is free; HAProxy runs, with other ports")


async def test_what_is_taken_beside_a_gateway_with_another_configuration_may_be_anybodys(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        busy = listening(PortRange(port, port), bind=LOOPBACK)
        [found] = await free(patient(tmp_path, gateway=opening(SomeGateway(Process("another"))), listening=busy))
    assert found.level == "note"
    assert found.text.endswith(f"may be its own or somebody else's: Address already in use: {port}")


async def test_an_address_of_another_machine_cannot_be_bound(tmp_path: Path) -> None:
    foreign = listening(bind=IPv4Address("192.0.2.1"))
    [found] = await free(patient(tmp_path, gateway=DOWN, listening=foreign))
    assert (found.level, found.text) == ("FAIL", "192.0.2.1 is no address of this machine")
