"""Somebody else reloads or restarts HAProxy, or puts things into its maps."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.dataplane.gateway import DataplaneGateway
from core.domain.errors import GatewayError, GatewayUnreachable
from core.domain.sources import Sources
from tests.contract.gateway.haproxies import foreign_haproxy, free_range, write_files_with_api
from tests.dataplane_standin import PASSWORD, USER, Kind, StandIn, answers
from tests.integration.dataplane.conftest import Setting
from tests.integration.haproxy.hands import calling, eventually, reached

pytestmark = pytest.mark.parametrize("kind", [Kind.V3_4, Kind.V2_9], ids=lambda kind: kind.value)


async def test_a_restart_in_the_middle_serves_nothing_until_the_next_resync(setting: Setting) -> None:
    gateway, epoch = setting.gateway, await setting.gateway.epoch()
    routes = [setting.route(at) for at in range(8)]
    await gateway.resync(routes)
    work = asyncio.create_task(gateway.resync([]))
    await asyncio.sleep(0.01)
    await asyncio.to_thread(setting.haproxy.stop)
    setting.haproxy.start()
    with suppress(GatewayError):
        await work
    assert [await reached(route.port) for route in routes] == [None] * 8
    assert await gateway.epoch() != epoch
    await gateway.resync(routes)
    slots = (await gateway.observe()).slots
    assert all(slots[route.port].serves(route) for route in routes)
    assert [await reached(route.port) for route in routes] == ["api-0"] * 8


async def test_a_reload_in_the_middle_is_another_life_that_serves_nothing_until_the_next_resync(
    setting: Setting,
) -> None:
    gateway, before = setting.gateway, await setting.gateway.identity()
    await gateway.apply(setting.route())
    async with calling(setting.first) as caller:
        assert await caller.echoes()
        with reloaded(setting, before.pid) as new:
            await eventually(lambda: another_epoch(setting, before.epoch))
            assert (await gateway.identity()).pid == new.pid
            assert await reached(setting.first) is None
            await gateway.resync([setting.route()])
            assert await reached(setting.first) == "api-0"
        assert await caller.echoes()


@contextmanager
def reloaded(setting: Setting, old: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start another process that takes the ports and the socket over, as a reload does."""
    config = setting.haproxy.config
    socket = config.folder / "admin.sock"
    command = [
        str(word) for word in (setting.haproxy.binary, "-db", "-f", config.haproxy_cfg, "-x", socket, "-sf", old)
    ]
    with (config.folder / "new.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as new:
        try:
            yield new
        finally:
            new.kill()


async def another_epoch(setting: Setting, before: str) -> bool:
    with suppress(GatewayError):
        return await setting.gateway.epoch() != before
    return False


async def test_haproxy_is_down_and_that_is_no_refusal(setting: Setting) -> None:
    await setting.gateway.apply(setting.route())
    setting.haproxy.stop()
    verbs = (
        setting.gateway.epoch(),
        setting.gateway.identity(),
        setting.gateway.observe(),
        setting.gateway.apply(setting.route()),
        setting.gateway.close(setting.first),
        setting.gateway.resync([]),
        setting.gateway.usage(setting.first),
        setting.gateway.refused(),
        setting.gateway.probe(setting.pod.endpoint),
    )
    failures = await asyncio.gather(*verbs, return_exceptions=True)
    assert {type(failure) for failure in failures} == {GatewayUnreachable}
    setting.haproxy.start()
    await setting.gateway.resync([setting.route()])
    assert await reached(setting.first) == "api-0"


async def test_what_somebody_put_into_the_maps_is_taken_out(setting: Setting) -> None:
    haproxy, folder = setting.api.plane.haproxy, setting.haproxy.config.folder
    route = setting.route()
    await setting.gateway.apply(route)
    for entry in ("allow.map 192.0.2.0/24 1", "allow.map fd00::1:10.0.0.0/104 1", "until.map junk! 1", "until.map 1 1"):
        await haproxy.ask(f"add map {folder}/{entry}")
    for _ in range(2):  # doubles
        await haproxy.ask(f"add map {folder}/until.map {route.port} 1")
        await haproxy.ask(f"add map {folder}/allow.map fd00::{route.port:x}:0.0.0.0/96 1")
    await setting.gateway.resync([route])
    assert [entry["value"] for entry in await haproxy.entries(folder / "until.map")] == [
        str(int(route.until.timestamp()))
    ] * 3
    assert {entry["key"] for entry in await haproxy.entries(folder / "allow.map")} == {
        f"fd00::{route.port:x}:127.0.0.0/104"
    }
    await setting.gateway.close(route.port)
    assert await haproxy.entries(folder / "until.map") == []


async def test_a_desk_that_somebody_cleared_is_laid_again(setting: Setting) -> None:
    epoch = await setting.gateway.epoch()
    await setting.api.plane.haproxy.ask(f"clear map {setting.haproxy.config.folder}/desk.map")
    assert await setting.gateway.epoch() == epoch


async def test_somebody_cuts_a_port_and_it_is_led_back(setting: Setting) -> None:
    await setting.gateway.apply(setting.route())
    await setting.api.plane.haproxy.ask(f"set server slot_{setting.first}/target state maint")
    assert await reached(setting.first) is None
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"


async def test_haproxy_dies_under_a_live_gateway_and_another_one_serves_nothing(setting: Setting) -> None:
    await setting.gateway.apply(setting.route())
    os.kill((await setting.gateway.identity()).pid, signal.SIGKILL)
    await asyncio.to_thread(setting.haproxy.stop)
    setting.haproxy.start()
    assert await reached(setting.first) is None
    assert all(slot.shut for slot in (await setting.gateway.observe()).slots.values())


MANY: Final = Sources.parse("127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,192.0.2.0/24,198.51.100.0/24")


async def test_entries_that_fit_into_no_single_line_to_haproxy_are_back_after_a_restart(
    setting: Setting, kind: Kind, haproxy_wheel: Path
) -> None:
    with foreign_haproxy(haproxy_wheel, free_range(60), write_files_with_api) as haproxy:
        ports = haproxy.config.all_ports
        async with (
            StandIn(haproxy.config.folder, kind) as api,
            DataplaneGateway(api.url, lambda: (USER, PASSWORD), ports, SystemClock()) as gateway,
        ):
            one = replace(setting.route(), sources=MANY)
            routes = {port: replace(one, port=port) for port in ports.numbers()}
            await gateway.resync(routes.values())
            slots = (await gateway.observe()).slots
    assert all(slots[port].serves(route) for port, route in routes.items())


async def test_an_entry_that_the_api_lost_of_many_is_added_alone(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = {port: setting.route(at) for at, port in enumerate(setting.gateway.ports.numbers())}
    line = len(f"{setting.first} {int(setting.route().until.timestamp())}\n")
    monkeypatch.setattr(answers, "BUFFER", line * (len(routes) - 1))  # the last one begins another part
    await setting.gateway.resync(routes.values())
    assert sum(one.startswith("PUT") and one.endswith("/until.map") for one in setting.api.asked) == 2
    slots = (await setting.gateway.observe()).slots
    assert all(slots[port].serves(route) for port, route in routes.items())
