"""The previous service's own command line, its scripts, and its two features: nothing of it knows of Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.caller import Caller
from bot.demo.pod import EchoPod
from tests.e2e.previous import NAMESPACE, TOKENS, Previous, previous_in
from tests.e2e.rig import PATIENCE
from tests.real_parts import KubeApi


@pytest.fixture
async def previous(tmp_path: Path, kube_api: KubeApi) -> AsyncIterator[Previous]:
    async with previous_in(tmp_path, kube_api) as ready:
        yield ready


@asynccontextmanager
async def called(port: int, pod: str) -> AsyncIterator[Caller]:
    """Be connected to a pod."""
    caller = await Caller.connect(port)
    try:
        assert await caller.line() == f"{pod} says hello"
        yield caller
    finally:
        await caller.hang_up()


async def leads_to_the_api(previous: Previous) -> None:
    named = await previous.ask("GET", "/", by_entry=True)
    alive = await previous.ask("GET", "/health", by_entry=True)
    turned_away = await previous.ask("POST", "/api/v1/mapping", by_entry=True, json={"pod_name": f"{NAMESPACE}/jvm-0"})
    assert "Pod-Proxier" in named.text
    assert alive.text == '{"code":10000,"msg":"operation succeeded","data":"pong"}'
    assert (turned_away.status_code, turned_away.json()["code"]) == (401, 10001)


async def test_a_script_maps_one_pod_after_the_other_and_in_the_end_the_port_is_the_apis_again(
    previous: Previous,
) -> None:
    async with (
        EchoPod("jvm-0") as first,
        EchoPod("jvm-1") as second,
        previous.pod("jvm-0", first.port),
        previous.pod("jvm-1", second.port),
        previous.bot(),
    ):
        await leads_to_the_api(previous)
        told = await previous.post("jvm-0", time=600)
        assert (told["code"], told["msg"], told["data"]["port"]) == (10000, "operation succeeded", previous.entry_port)
        async with called(previous.entry_port, "jvm-0") as before:
            told = await previous.post("jvm-1", time=3)
            assert told["data"]["replaced"]["target"] == f"{NAMESPACE}/jvm-0:{first.port}"
            await before.is_cut(within=5)
        async with called(previous.entry_port, "jvm-1") as caller:
            await caller.is_cut(within=PATIENCE)
        await leads_to_the_api(previous)


async def test_a_pod_that_is_not_there_is_told_as_it_was(previous: Previous) -> None:
    async with previous.bot():
        answer = await previous.ask("GET", "/api/v1/mapping", params={"pod_name": f"{NAMESPACE}/zzz"})
        assert answer.text == f'{{"code":40004,"msg":"Not found the pod.","data":"{NAMESPACE}/zzz"}}'
        assert (await previous.post("zzz"))["code"] == 10001


async def test_what_is_open_outlives_the_bot_and_the_next_one_goes_on_with_it(previous: Previous) -> None:
    async with (
        EchoPod("jvm-0") as first,
        EchoPod("jvm-1") as second,
        previous.pod("jvm-0", first.port),
        previous.pod("jvm-1", second.port),
        previous.bot() as bot,
    ):
        await previous.post("jvm-0", time=600)
        own = (await previous.post("jvm-1", time=600, own_port=True))["data"]["port"]
        async with called(previous.entry_port, "jvm-0") as caller, called(own, "jvm-1") as other:
            assert await bot.stop() == 0
            assert await caller.says("alone") == "jvm-0: alone"
            await previous.start(bot)
            assert await caller.says("not alone") == "jvm-0: not alone"
            await previous.post("jvm-1", time=600)
            await caller.is_cut(within=5)
            assert await other.says("untouched") == "jvm-1: untouched"
        async with called(previous.entry_port, "jvm-1"):
            pass


async def test_every_service_has_a_port_of_the_range_and_the_same_one_after_a_restart(previous: Previous) -> None:
    tokens = previous.folder / "tokens.yaml"
    tokens.write_text(TOKENS)
    tokens.chmod(0o600)
    flags = ("--api-token-file", str(tokens), "--listen-addr", "127.0.0.1")
    async with previous.service("ledger", 5005) as ledger, previous.service("orders", 5006), previous.bot() as bot:
        await bot.stop()
        await previous.start(bot, *flags)
        found = await previous.until_standing("ledger", "orders")
        assert found["ledger"]["endpoint"] == f"{ledger}:5005"
        assert {item["port"] for item in found.values()} <= set(previous.services)
        assert await bot.stop() == 0
        async with previous.service("billing", 5007):
            await previous.start(bot, *flags)
            later = await previous.until_standing("billing", "ledger", "orders")
            assert {name: later[name]["port"] for name in found} == {n: found[n]["port"] for n in found}
        await previous.until_standing("ledger", "orders")
