"""Standing ports of Services: a bot of its own process, with a real API server, HAProxy and database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bot.demo.process import BotProcess
from core.adapters.clock import SystemClock
from core.adapters.haproxy.addresses import UnixAddress
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.route import PortRange, Ports
from core.domain.service import Service, ServiceRef
from tests.contract.cluster.hands import ApiHands
from tests.contract.services.hands import ApiServiceHands
from tests.e2e.doors import until_ready_says
from tests.e2e.figures import until_figure
from tests.e2e.rig import PATIENCE, Rig
from tests.real_parts import KubeApi, free_ports


@dataclass
class Place:
    """A namespace of the cluster, and a bot with two ports for its Services."""

    rig: Rig
    api: KubeApi
    namespace: str
    hands: ApiServiceHands
    ports: tuple[int, ...]

    async def create(self, name: str) -> Service:
        return await self.hands.create(ServiceRef(self.namespace, name))

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[BotProcess]:
        more: dict[str, Any] = {
            "inventory": None,
            "kubeconfig": self.api.kubeconfig,
            "enable_v2": True,
            "allowed_namespaces": self.namespace,
            "port_range_start": self.ports[0],
            "port_range_end": self.ports[-1],
            "off_check": True,
        }
        async with self.rig.bot(**more) as bot:
            yield bot

    async def listed(self) -> str:
        """What somebody reads who types the command."""
        answer = await self.rig.alice.command("/proxy", "list all", channel=self.rig.channel)
        return (await answer.reply(within=PATIENCE)).text

    async def led(self) -> Mapping[int, str]:
        """Where HAProxy leads on the Services' ports."""
        span = PortRange(self.ports[0], self.ports[-1])
        socket = UnixAddress(self.rig.folder / "state" / "haproxy" / "admin.sock")
        slots = (await SocketGateway(socket, Ports.of(span), SystemClock()).observe()).slots
        return {port: f"{slots[port].address}:{slots[port].target_port}" for port in self.ports if not slots[port].shut}

    async def serves(self, *services: Service | None) -> None:
        """Wait until these have the ports, in this order, and no other port leads anywhere."""
        pairs = zip(self.ports, services, strict=False)
        wanted = {port: str(service.endpoint) for port, service in pairs if service is not None}
        async with asyncio.timeout(PATIENCE):
            while await self.led() != wanted:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.1)


@pytest.fixture
async def place(rig: Rig, kube_api: KubeApi) -> AsyncIterator[Place]:
    async with kube_api.client() as client:
        api = ApiHands(client)
        yield Place(rig, kube_api, await api.namespace(), ApiServiceHands(api), free_ports(2))


async def test_services_have_ports_that_follow_them_and_outlive_the_bot(place: Place) -> None:
    api, web = await place.create("api"), await place.create("web")
    async with place.bot() as bot:
        await place.serves(api, web)
        text = await place.listed()
        assert f"`{place.ports[0]}` · Service *{api.ref}* · `{api.endpoint}`" in text
        assert "2 standing ports of Services" in text

        moved = await place.hands.change_port(api, 8000)
        await place.serves(moved, web)
        await until_figure(place.rig.rest_port, "pod_proxier_standing_moves_total", lambda many: many == 1)

        await bot.kill()
        await place.hands.delete(web.ref)
        first = await place.create("a-first-by-name")
        assert await place.led() == {place.ports[0]: str(moved.endpoint), place.ports[1]: str(web.endpoint)}
        await place.rig.start_again(bot)
        await place.serves(moved, first)

        await place.hands.rename_port(moved, "http")
        await place.serves(None, first)


async def test_a_full_range_is_said_and_heals_by_itself(place: Place) -> None:
    api, web, last = [await place.create(name) for name in ("api", "web", "zebra")]
    async with place.bot() as bot:
        await place.serves(api, web)
        port = place.rig.rest_port
        await until_ready_says(port, "services", lambda finding: "full" in finding.detail)
        await until_figure(port, "pod_proxier_services_without_port", lambda many: many == 1)
        assert "standing.range_full" in bot.log.read_text()
        await place.hands.delete(api.ref)
        await place.serves(last, web)
        await until_ready_says(port, "services", lambda finding: finding.ok and not finding.detail)
        await until_figure(port, "pod_proxier_services_without_port", lambda many: many == 0)
