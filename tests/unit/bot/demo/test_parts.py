"""The programs that the demo runs: pods, callers, and the bot's process, on loopback."""

import signal
from pathlib import Path

import pytest

from bot.demo.caller import Caller
from bot.demo.pod import EchoPod
from bot.demo.process import BotProcess
from bot.demo.stage import Stage

SLEEPER = "import sys, time; print(sys.argv[1:], flush=True); time.sleep(60)"


async def test_a_pod_greets_echoes_and_counts() -> None:
    async with EchoPod("api-0") as pod:
        port = pod.port
        caller = await Caller.connect(port, source="127.0.0.1")
        assert await caller.line() == "api-0 says hello"
        assert await caller.says("ping") == "api-0: ping"
        assert pod.callers == 1
    assert (await caller.is_cut(within=5)).tzinfo is not None
    assert await caller.says("anybody?") == ""
    await caller.hang_up()
    with pytest.raises(ConnectionRefusedError):
        await Caller.connect(port)


def test_a_pod_that_does_not_run_has_no_port() -> None:
    with pytest.raises(RuntimeError, match="api-0 is not running"):
        _ = EchoPod("api-0").port


async def test_a_process_gets_its_flags_and_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "somebody else's")
    show = "import os, sys, time; print(sys.argv[1:], os.environ.get('SLACK_BOT_TOKEN')); sys.exit(3)"
    process = BotProcess({"--stop-gateway": True, "--listen-port": 1}, {}, tmp_path / "log", ("-c", show))
    assert process.log_tail() == "(there is none)"
    await process.start("--extra")
    assert await process.exited() == 3
    assert process.log_tail() == "['--stop-gateway', '--listen-port', '1', '--extra'] None"
    assert await process.stop() == 3
    assert await process.stop() is None


async def test_a_process_is_killed_and_can_be_started_again(tmp_path: Path) -> None:
    process = BotProcess({}, {}, tmp_path / "log", ("-c", SLEEPER))
    await process.start()
    await process.kill()
    assert process.was_killed
    await process.start()
    assert not process.was_killed
    assert await process.stop() == -signal.SIGTERM


def test_the_ports_of_a_stage_do_not_overlap(tmp_path: Path) -> None:
    stage = Stage(tmp_path, stay=False)
    assert stage.rest_port not in range(stage.first_port, stage.first_port + 10)
