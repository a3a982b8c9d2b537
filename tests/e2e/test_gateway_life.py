"""HAProxy's life beside the bot's: it outlives the bot, is adopted, kept, replaced, and never shared by accident."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from bot.api.checks import Finding
from bot.demo.process import BotProcess
from tests.e2e.doors import until_ready_says
from tests.e2e.haproxy import pid_of
from tests.e2e.rig import PATIENCE, Opened, Rig, nobody_listens, read_card
from tests.real_parts import free_port, free_ports, running
from tests.real_parts.processes import run_to_the_end


async def _whoami(port: int, source: str) -> str:
    """What HAProxy answers to ``curl`` from an address."""
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address=source)) as client:
        return (await client.get(f"http://127.0.0.1:{port}")).text


def _kept(finding: Finding) -> bool:
    return finding.ok and "kept until nobody is connected" in finding.detail


def _settled(finding: Finding) -> bool:
    return finding == Finding(ok=True)


async def _close(rig: Rig, opened: Opened) -> None:
    await (await rig.alice.command("/proxy", f"close {opened.port}", channel=rig.channel)).reply("closing")


async def test_a_bot_that_was_killed_adopts_its_haproxy_with_its_callers(rig: Rig) -> None:
    async with rig.bot() as bot:
        opened = await rig.open("pod payments/api-0 1m")
        haproxy = pid_of(rig.folder)
        async with opened.call() as caller:
            await bot.kill()
            assert await caller.says("alone") == "api-0: alone"
            await rig.start_again(bot)
            await until_ready_says(rig.rest_port, "gateway", _settled)
            await rig.alice.click(opened.card, "Extend 5s")
            await rig.channel.message(opened.replies("5s more"), within=PATIENCE)
            assert await caller.says("together") == "api-0: together"
        async with opened.call():
            assert pid_of(rig.folder) == haproxy


async def test_told_to_stop_the_bot_ends_what_it_began_and_leaves_haproxy_running(rig: Rig) -> None:
    async with rig.bot(stop_gateway=None) as bot:
        opened = await rig.open("pod payments/api-0 1m")
        haproxy = pid_of(rig.folder)
        async with opened.call() as caller:
            rig.workspace.faults.hang("users.info", 1.0)
            asking = await rig.carol.command("/proxy", "pod payments/api-0 20s", channel=rig.channel)
            assert await bot.stop() == 0
            await asking.reply("1 approval")
            assert await caller.says("alone") == "api-0: alone"
            await rig.start_again(bot, "--stop-gateway")
            card = await rig.channel.message(lambda m: rig.carol.id in m.text and "Approve" in str(m.blocks))
            assert pid_of(rig.folder) == haproxy
            await rig.approve(card)
            assert await caller.says("together") == "api-0: together"
            assert await bot.stop() == 0
            await caller.is_cut(within=5)
        with pytest.raises(LookupError):
            pid_of(rig.folder)
        await rig.start_again(bot, "--stop-gateway")
        await rig.channel.message(opened.replies("restart"), within=PATIENCE)
        async with opened.call():
            assert pid_of(rig.folder) != haproxy


async def test_haproxy_with_another_configuration_is_kept_until_it_is_idle(rig: Rig) -> None:
    whoami = free_port()
    async with rig.bot(stop_gateway=None) as bot:
        opened = await rig.open("pod payments/api-0 1m")
        before = pid_of(rig.folder)
        async with opened.call() as caller:
            assert await bot.stop() == 0
            await rig.start_again(bot, "--stop-gateway", "--whoami-port", str(whoami))
            await until_ready_says(rig.rest_port, "gateway", _kept)
            assert pid_of(rig.folder) == before
            assert await caller.says("still here") == "api-0: still here"
            await _close(rig, opened)
            await caller.is_cut(within=5)
        await until_ready_says(rig.rest_port, "gateway", _settled)
        assert pid_of(rig.folder) != before
        assert await _whoami(whoami, "127.0.0.7") == "127.0.0.7\n"
        async with (await rig.open("pod payments/api-0 20s")).call():
            pass


async def test_with_other_ports_what_is_open_goes_on_and_what_is_new_waits_for_them(rig: Rig) -> None:
    later = free_ports(2)
    async with rig.bot(stop_gateway=None) as bot:
        opened = await rig.open("pod payments/api-0 1m")
        assert await bot.stop() == 0
    async with rig.bot(ports=f"{later[0]}-{later[-1]}", name="later"), opened.call() as caller:
        await until_ready_says(rig.rest_port, "gateway", _kept)
        await rig.alice.click(opened.card, "Extend 5s")
        await rig.channel.message(opened.replies("5s more"), within=PATIENCE)
        waiting = await rig.request("pod payments/api-0 20s from 127.0.0.1")
        await rig.bob.click(waiting, "Approve")
        await rig.shows(waiting, "opening")
        assert await caller.says("still here") == "api-0: still here"
        await _close(rig, opened)
        await rig.shows(waiting, "127.0.0.1:")
        assert f"127.0.0.1:{later[0]}" in waiting.text
        assert await nobody_listens(opened.port)


async def test_a_second_bot_is_refused_and_the_first_goes_on(rig: Rig) -> None:
    async with rig.bot():
        opened = await rig.open("pod payments/api-0 1m")
        async with opened.call() as caller:
            said = await _refused(rig, "elsewhere", state_dir=rig.folder / "other", listen_port=free_port())
            assert f"127.0.0.1:{opened.port}: Address already in use" in said
            assert "another HAProxy of another --state-dir?" in said
            said = await _refused(rig, "same-doors")
            assert f"cannot listen on 127.0.0.1:{rig.rest_port}" in said
            assert "--listen-port" in said
            assert await caller.says("unharmed") == "api-0: unharmed"


async def _refused(rig: Rig, name: str, **more: object) -> str:
    """What a bot says that cannot be started."""
    bot = BotProcess(rig.flags(**more), rig.tokens(), rig.folder / f"{name}.log")
    await bot.start()
    try:
        assert await bot.exited() == 1
    finally:
        await bot.stop()
    said = bot.log_tail()
    assert "Traceback" not in said
    return said


@contextmanager
def _somebody_elses(binary: Path, folder: Path) -> Iterator[None]:
    """An HAProxy that runs what lies in a folder."""
    command: list[str | Path] = [binary, "-db", "-f", folder / "haproxy.cfg"]
    socket = folder / "admin.sock"
    socket.unlink(missing_ok=True)  # one that was killed leaves it behind
    with running(command, log=folder / "haproxy.log", ready=socket.exists):
        yield


def _write_configuration(rig: Rig, folder: Path, whoami: int) -> None:
    folder.mkdir()
    verb = ("haproxy-config", "--write", folder, "--bind-addr", "127.0.0.1")
    ports = ("--ports", f"{rig.ports[0]}-{rig.ports[-1]}", "--whoami-port", str(whoami))
    run_to_the_end([sys.executable, "-m", "bot", *verb, *ports], log=folder / "written.log")


@pytest.mark.parametrize("which", ["haproxy_wheel", "haproxy_debian"])
async def test_an_haproxy_of_ones_own_may_come_late_and_be_restarted(
    rig: Rig, request: pytest.FixtureRequest, which: str
) -> None:
    binary, folder, whoami = request.getfixturevalue(which), rig.folder / "own", free_port()
    _write_configuration(rig, folder, whoami)
    with ExitStack() as haproxy:
        async with rig.bot(gateway="socket", haproxy_socket=folder / "admin.sock", stop_gateway=None):
            await until_ready_says(rig.rest_port, "gateway", lambda gateway: not gateway.ok)
            card = await rig.request("pod payments/api-0 1m from 127.0.0.1")
            await rig.bob.click(card, "Approve")
            await rig.shows(card, "opening")
            haproxy.enter_context(_somebody_elses(binary, folder))
            await rig.shows(card, "127.0.0.1:")
            opened = read_card(card)
            async with opened.call() as caller:
                os.kill(pid_of(folder), signal.SIGKILL)
                await caller.is_cut(within=5)
            haproxy.close()
            haproxy.enter_context(_somebody_elses(binary, folder))
            await rig.channel.message(opened.replies("restart"), within=PATIENCE)
            async with opened.call() as caller:
                await rig.alice.click(opened.card, "Extend 5s")
                await rig.channel.message(opened.replies("5s more"), within=PATIENCE)
                assert await _whoami(whoami, "127.0.0.7") == "127.0.0.7\n"
                await _close(rig, opened)
                await caller.is_cut(within=5)
            await rig.channel.message(opened.replies("at least 1 connection"), within=PATIENCE)
        assert pid_of(folder)
