import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from core.adapters.haproxy.configuration import GatewayConfig
from core.domain.errors import GatewayCannotStart
from tests.contract.gateway.haproxies import foreign_haproxy, free_range, write_files
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import pid_of
from tests.real_parts import free_port


async def test_a_second_haproxy_on_the_same_ports_is_refused_and_the_first_goes_on(
    config: GatewayConfig, bot: Bot, folder: Path
) -> None:
    async with bot(stop_on_exit=True) as first:
        before = await pid_of(first)
        elsewhere = replace(config, folder=folder / "other")
        with pytest.raises(GatewayCannotStart, match=rf"{config.ports.first}: Address already in use") as caught:
            await bot(elsewhere).__aenter__()
        assert "other --ports" in caught.value.hint
        assert await pid_of(first) == before


@pytest.mark.parametrize("which", ["haproxy_wheel", "haproxy_debian"])
def test_haproxy_itself_does_not_share_its_ports(request: pytest.FixtureRequest, which: str, folder: Path) -> None:
    binary = request.getfixturevalue(which)
    with foreign_haproxy(binary) as first:
        config = replace(first.config, folder=folder)
        write_files(config)
        command = [binary, "-db", "-f", config.haproxy_cfg]
        second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "Address already in use" in second.stderr


async def test_a_port_that_some_program_listens_on_is_named(config: GatewayConfig, bot: Bot) -> None:
    with (
        socket.create_server(("127.0.0.1", config.ports.first + 7)),
        pytest.raises(GatewayCannotStart, match=rf":{config.ports.first + 7}: "),
    ):
        await bot().__aenter__()


async def test_a_whoami_port_that_some_program_listens_on_is_named(config: GatewayConfig, bot: Bot) -> None:
    taken = replace(config, ports=free_range(2), whoami_port=free_port())
    with (
        socket.create_server(("127.0.0.1", taken.whoami_port or 0)),
        pytest.raises(GatewayCannotStart, match=rf":{taken.whoami_port}: "),
    ):
        await bot(taken).__aenter__()
