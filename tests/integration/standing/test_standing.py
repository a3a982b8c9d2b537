"""Standing ports on a real HAProxy and a real database."""

from dataclasses import replace

import pytest

from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.hands import another_process, calling, kill_haproxy, pid_of, reached
from tests.integration.standing.station import Station, service


async def test_a_service_is_followed_and_its_port_given_back(station: Station) -> None:
    async with echo_pod("old") as old, echo_pod("new") as new, station.bot() as bot:
        station.services.put(service(0, old.endpoint))
        await bot.serves({station.first: old.endpoint})
        async with calling(station.first) as caller:
            assert await caller.reached() == "old"
            station.services.put(service(0, new.endpoint))
            await caller.ended()
        await bot.serves({station.first: new.endpoint})
        assert await reached(station.first) == "new"
        async with calling(station.first) as caller:
            assert await caller.reached() == "new"
            station.services.put(replace(service(0, new.endpoint), endpoint=None, headless=True))
            await caller.ended()
        await bot.serves({})
        assert len(await bot.rows()) == 1
        station.services.delete(service(0, new.endpoint).ref)
        await bot.gone(station.first)


async def test_ports_and_connections_outlive_the_bot(station: Station) -> None:
    async with echo_pod("web") as web:
        station.services.put(service(7, web.endpoint))
        async with station.bot() as bot:
            await bot.serves({station.first: web.endpoint})
            rows = await bot.rows()
        async with calling(station.first) as caller:
            assert await caller.reached() == "web"
            station.services.put(service(3, web.endpoint))
            async with station.bot() as bot:
                await bot.serves({station.first: web.endpoint, station.first + 1: web.endpoint})
                assert (await bot.rows())[station.first] == rows[station.first]
                assert await caller.echoes()


@pytest.mark.parametrize("services", [1000])
async def test_a_thousand_services_are_served_from_empty_without_a_reload(station: Station, services: int) -> None:
    async with echo_pod("all of them") as there, station.bot() as bot:
        ports = range(station.first, station.first + services)
        pid, epoch = await pid_of(bot.gateway), await bot.gateway.epoch()
        for number in range(services):
            station.services.put(service(number, there.endpoint))
        mapping = await bot.open(there.endpoint.port)
        await bot.serves(dict.fromkeys(ports, there.endpoint))
        assert [row.service.name for row in (await bot.rows()).values()] == [f"api-{n:03}" for n in range(services)]
        assert mapping.port is not None
        assert {await reached(port) for port in (ports[0], ports[-1], mapping.port)} == {"all of them"}
        assert (await pid_of(bot.gateway), await bot.gateway.epoch()) == (pid, epoch)

        await another_process(bot.gateway, await kill_haproxy(bot.gateway))
        await bot.serves(dict.fromkeys(ports, there.endpoint))
        assert {await reached(port) for port in (ports[0], ports[-1], mapping.port)} == {"all of them"}
