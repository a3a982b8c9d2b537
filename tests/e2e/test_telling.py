"""What the thread and the requester are told of what happens by itself."""

import asyncio

from bot.demo.caller import Caller
from bot.workspace.hands.controls import controls
from bot.workspace.messages import Message
from tests.contract.gateway.pods import echo_pod
from tests.e2e.rig import PATIENCE, Opened, Rig
from tests.e2e.rules import policy


def _warnings(rig: Rig, opened: Opened) -> list[Message]:
    return [message for message in rig.channel.messages if opened.replies(" closes ")(message)]


async def test_one_warning_comes_before_each_end_and_more_time_brings_another(rig: Rig) -> None:
    async with rig.bot():
        opened = await rig.open("pod payments/api-0 12s")
        async with opened.call() as caller:
            warning = await rig.channel.message(opened.replies(" closes "), within=PATIENCE)
            assert f"<@{rig.alice.id}>" in warning.text
            assert [control.label for control in controls(warning.blocks)] == ["Extend 5s", "Extend 10s"]
            await (await rig.alice.click(warning, "Extend 5s")).reply("5s more")
            cut = await caller.is_cut(within=PATIENCE)
        assert abs((cut - opened.end).total_seconds() - 5) < 1
        report = await rig.channel.message(opened.replies("1 connection"), within=PATIENCE)
        assert report.broadcast
        assert len(_warnings(rig, opened)) == 2


async def test_callers_from_elsewhere_are_refused_and_told_with_what_would_let_them_in(rig: Rig) -> None:
    async with rig.bot():
        opened = await rig.open("pod payments/api-0 1m from 127.0.0.1")
        assert "only from 127.0.0.1" in opened.card.text
        before = rig.pod.callers
        stranger = await Caller.connect(opened.port, source="127.0.0.9")
        assert await stranger.line() == ""
        await stranger.hang_up()
        told = await rig.channel.message(opened.replies("Refused: 127.0.0.9 (1 time)"), within=PATIENCE)
        assert rig.pod.callers == before
        command = next(word for word in told.text.split("`") if word.startswith("/proxy pod"))
        wider = await rig.approve(await rig.request(command.removeprefix("/proxy ")))
        welcome = await Caller.connect(wider.port, source="127.0.0.9")
        assert await welcome.line() == "api-0 says hello"
        await welcome.hang_up()


async def test_a_pod_with_another_address_is_followed(rig: Rig) -> None:
    async with rig.bot(), echo_pod("api-0 elsewhere", "127.0.0.2", rig.pod.port):
        opened = await rig.open("pod payments/api-0 1m")
        async with opened.call() as caller:
            inventory = (rig.folder / "inventory.yaml").read_text()
            rig.write(inventory=inventory.replace("127.0.0.1", "127.0.0.2"))
            await caller.is_cut(within=5)
        told = await rig.channel.message(opened.replies("another address"), within=PATIENCE)
        assert f"`127.0.0.2:{rig.pod.port}` instead of `127.0.0.1:{rig.pod.port}`" in told.text
        assert await _first_greeting(opened.port) == "api-0 elsewhere"


async def _first_greeting(port: int) -> str:
    """Knock until somebody answers; for a moment after a move nobody does, and never whoever was there before."""
    async with asyncio.timeout(PATIENCE):
        while True:
            caller = await Caller.connect(port)
            greeting = await caller.line()
            await caller.hang_up()
            if greeting:
                return greeting


async def test_what_nobody_decides_lapses_and_can_be_asked_for_again(rig: Rig) -> None:
    rig.write(policy=policy(rig, "namespaces: [payments], pending_ttl: 3s"))
    async with rig.bot():
        card = await rig.request("pod payments/api-0 30s because I must")
        told = await rig.alice.dm("Nobody decided", within=PATIENCE)
        await rig.shows(card, "has lapsed")
        late = await rig.bob.click(card, "Approve", version=0)
        await late.reply("over already", within=PATIENCE)
        command = next(word for word in told.text.split("`") if word.startswith("/proxy pod"))
        assert "because I must" in (await rig.request(command.removeprefix("/proxy "))).text
