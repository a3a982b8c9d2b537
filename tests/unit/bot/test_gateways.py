from pathlib import Path

import pytest

from bot.bootstrap import patient_of
from bot.gateways import haproxy_files, running_gateway
from bot.settings import BadSettings, load
from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import GatewayConfig
from core.domain.errors import GatewayRefused
from core.domain.route import PortRange
from tests.contract.gateway.haproxies import running_haproxy, short_folder
from tests.dataplane_standin import PASSWORD, Kind, StandIn
from tests.real_parts import free_ports

DATAPLANE = ("--gateway", "dataplane")


def write(folder: Path, *argv: str) -> None:
    for path, text in haproxy_files(load(argv, {}), folder).items():
        path.write_text(text)


async def test_doctor_knows_the_configuration_that_was_printed_wherever_it_was_written(haproxy_wheel: Path) -> None:
    ports = free_ports(2)
    given = (*DATAPLANE, "--ports", f"{ports[0]}-{ports[1]}")
    with short_folder() as folder:
        write(folder, *given)
        async with StandIn(folder, Kind.V2_9) as api:
            with running_haproxy(haproxy_wheel, GatewayConfig(ports=PortRange(*ports), folder=folder)):
                patient = patient_of(load([*given, "--api-addr", api.url, "--api-password", PASSWORD], {}))
                async with patient.gateway() as gateway:
                    process = await gateway.identity()
                assert process.config == await patient.gateway_plan.config()


def test_without_a_password_nothing_is_spoken_to() -> None:
    with pytest.raises(BadSettings):
        running_gateway(load(DATAPLANE, {}), SystemClock())


async def test_a_password_file_that_is_gone_is_told(tmp_path: Path) -> None:
    settings = load([*DATAPLANE, "--api-password-file", str(tmp_path / "gone")], {})
    async with running_gateway(settings, SystemClock()) as gateway:
        with pytest.raises(GatewayRefused, match="gone"):
            await gateway.epoch()
