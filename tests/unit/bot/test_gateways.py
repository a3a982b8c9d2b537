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
SOCKET = ("--gateway", "socket", "--haproxy-socket", "/run/pp/admin.sock")


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


def printed(*argv: str) -> str:
    return "\n".join(haproxy_files(load(argv, {})).values())


def test_what_v1_v2_and_the_statistics_need_stands_in_what_is_printed_whatever_the_gateway() -> None:
    given = (
        *("--bind-addr", "10.9.8.7", "--stats-port", "8405"),
        *("--enable-v1", "--default-map-port", "8850", "--entry-api", "127.0.0.1:3355"),
        *("--enable-v2", "--port-range-start", "9100", "--port-range-end", "9101"),
        *("--check-interval", "3", "--check-timeout", "7"),
    )
    for gateway in (("--gateway", "embedded"), SOCKET, DATAPLANE):
        text = printed(*gateway, *given)
        for line in (
            "  bind 10.9.8.7:8850\n",
            "  bind 10.9.8.7:9100-9101\n",
            "  bind 10.9.8.7:8405\n",
            "  server api 127.0.0.1:3355\n",
            "backend slot_9101 from slot\n  timeout check 7000ms\n",
            "disabled check inter 3000ms\n",
            "{{8850, 8850}, {9100, 9101}, {10000, 10099}}",
            "  stats scope mappings\n",
        ):
            assert line in text
        assert "stats scope" not in printed(*gateway, *given, "--no-hide-backend")
        assert " check " not in printed(*gateway, *given, "--off-check")


def test_without_them_nothing_of_theirs_is_printed() -> None:
    text = printed("--default-map-port", "8850", "--port-range-start", "9100", "--port-range-end", "9101")
    for trace in ("8850", "9100", "to_api", "stats uri", " check "):
        assert trace not in text


async def test_the_gateway_has_slots_for_all_of_them() -> None:
    settings = load([*SOCKET, "--enable-v1", "--enable-v2"], {})
    async with running_gateway(settings, SystemClock()) as gateway:
        assert str(gateway.ports) == "8849, 9000-9100, 10000-10099"
