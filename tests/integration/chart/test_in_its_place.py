"""The bot with the chart's own settings, policy, tokens and role, and what `helm test` says to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from bot.demo.caller import Caller
from bot.demo.pod import EchoPod
from bot.demo.process import BotProcess
from core.adapters.haproxy.dataplane.rendering import PASSWORD_VARIABLE
from core.domain.service import ServiceRef
from tests.contract.cluster.hands import ApiHands, a_pod
from tests.contract.gateway.haproxies import short_folder
from tests.contract.services.hands import ApiServiceHands
from tests.dataplane_standin import Kind, as_printed
from tests.integration.chart.charts import Chart
from tests.integration.chart.clusters import Server
from tests.integration.chart.places import PATIENCE, Place, have_the_pod, installed
from tests.real_parts import KubeApi


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


@pytest.fixture
async def small(chart: Chart, kube_api: KubeApi, server: Server, folder: Path) -> Place:
    return await installed(chart, kube_api, server, "embedded", folder)


@pytest.fixture
async def usual(chart: Chart, kube_api: KubeApi, server: Server, folder: Path) -> Place:
    return await installed(chart, kube_api, server, "dataplane", folder)


@asynccontextmanager
async def beside_haproxy(place: Place, binary: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The other containers of the pod; in the place of the API a stand-in."""
    place.write_gateway()
    monkeypatch.setenv(PASSWORD_VARIABLE, place.rendered.secret("pod-proxier-gateway", "password"))
    async with AsyncExitStack() as stack:
        stack.enter_context(place.running_haproxy(binary))
        await stack.enter_async_context(as_printed(place.folder / "dataplaneapi.yml", Kind.V3_4))
        yield


async def open_by_v1(place: Place, pod: str, port: int) -> int:
    """As a script of the previous service, with a token; returns the port."""
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        answer = await client.post(
            f"{place.url}/api/v1/mapping",
            json={"pod_name": f"{place.team}/{pod}", "time": 120, "port": port},
            headers=place.token(),
        )
    said = answer.json()
    assert said["code"] == 10000, said
    opened: int = said["data"]["port"]
    return opened


@pytest.mark.usefixtures("haproxy_wheel")  # the bot starts it
async def test_helm_test_opens_a_mapping_to_the_bot_itself(small: Place, server: Server) -> None:
    await have_the_pod(server, small)
    async with small.running_bot() as bot:
        told = await asyncio.to_thread(small.test)
    assert told.returncode == 0, f"{told.stderr}\n{bot.log_tail()}"
    assert told.stdout == "m1 was opened, led to the bot, and is closed.\n"


async def test_helm_test_says_which_step_failed(small: Place, server: Server) -> None:
    told = await asyncio.to_thread(small.test)
    assert (told.returncode, told.stderr) == (1, f"no pod with the label app=pod-proxier runs in {small.namespace}\n")
    await have_the_pod(server, small)
    told = await asyncio.to_thread(small.test)
    assert told.returncode == 1
    assert told.stderr.startswith(f"{small.url}/api/v2/mappings: ")
    assert "Traceback" not in told.stderr


async def test_a_session_outlives_the_container_of_the_bot(
    usual: Place, server: Server, haproxy_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = EchoPod("api-0")
    await ApiHands(server.client).create(a_pod(usual.team, "api-0", address=ip_address("127.0.0.1")))
    async with beside_haproxy(usual, haproxy_wheel, monkeypatch), pod, usual.running_bot() as bot:
        caller = await Caller.connect(await open_by_v1(usual, "api-0", pod.port))
        assert await caller.line() == "api-0 says hello"
        await bot.kill()
        assert await caller.says("no bot") == "api-0: no bot"
        await bot.start()
        await usual.until_ready(bot)
        assert await caller.says("another bot") == "api-0: another bot"
        await caller.hang_up()


async def test_a_service_of_a_listed_namespace_has_a_standing_port(
    usual: Place, server: Server, haproxy_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = ServiceRef(usual.team, "api")
    await ApiServiceHands(ApiHands(server.client)).create(ref)
    async with beside_haproxy(usual, haproxy_wheel, monkeypatch), usual.running_bot() as bot:
        items = await until_listed(usual, bot)
    ports = range(usual.settings["port-range-start"], usual.settings["port-range-end"] + 1)
    assert [(one["namespace"], one["name"], one["port"] in ports) for one in items] == [(usual.team, "api", True)]


async def until_listed(place: Place, bot: BotProcess) -> list[dict[str, object]]:
    async with httpx.AsyncClient(trust_env=False, headers=place.token()) as client:
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    items: list[dict[str, object]] = (await client.get(f"{place.url}/api/v2/services")).json()["items"]
                    if items:
                        return items
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(bot.log_tail()) from None
