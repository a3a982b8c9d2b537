import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy import process
from core.adapters.haproxy.addresses import UnixAddress
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.errors import GatewayCannotStart, GatewayRefused, GatewayUnreachable
from core.domain.route import Ports
from tests.contract.gateway.haproxies import free_range
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import socket_of
from tests.real_parts import running

Answer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def something_that(answers: Answer, path: Path) -> AsyncIterator[None]:
    """A program of another kind that listens where HAProxy should."""
    path.parent.mkdir(exist_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readline()
            await answers(reader, writer)
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        yield
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others)


async def talks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"STAT pid 4711\r\nSTAT uptime 12\r\nEND\r\n")
    await writer.drain()


async def hangs_up(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    pass


async def says_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def never_stops(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"x" * 65_536)
        await writer.drain()


def over(path: Path) -> SocketGateway:
    return SocketGateway(UnixAddress(path), Ports.of(free_range()), SystemClock(), deadline=timedelta(milliseconds=300))


async def test_a_program_of_another_kind_is_refused(folder: Path) -> None:
    path = folder / "admin.sock"
    async with something_that(talks, path):
        with pytest.raises(GatewayRefused, match="does not run a configuration of Pod-Proxier's"):
            await over(path).epoch()


@pytest.mark.parametrize("answers", [hangs_up, says_nothing, never_stops])
async def test_one_that_gives_no_whole_answer_does_not_answer(folder: Path, answers: Answer) -> None:
    path = folder / "admin.sock"
    async with something_that(answers, path):
        with pytest.raises(GatewayUnreachable):
            await over(path).observe()


async def test_nobody_at_all_does_not_answer(folder: Path) -> None:
    with pytest.raises(GatewayUnreachable, match="No such file"):
        await over(folder / "admin.sock").epoch()


async def test_an_haproxy_with_a_configuration_of_its_own_is_refused(folder: Path, haproxy_wheel: Path) -> None:
    path = folder / "admin.sock"
    (folder / "theirs.cfg").write_text(f"global\n stats socket {path} level admin\ndefaults\n mode tcp\n")
    command: list[str | Path] = [haproxy_wheel, "-db", "-f", folder / "theirs.cfg"]
    with running(command, log=folder / "log", ready=lambda: process.listener(path) is not None):
        for verb in (over(path).epoch(), over(path).observe(), over(path).resync([])):
            with pytest.raises(GatewayRefused):
                await verb


async def test_a_bot_neither_uses_nor_ends_what_it_does_not_know(config: GatewayConfig, bot: Bot) -> None:
    async with something_that(talks, socket_of(config)):
        with pytest.raises(GatewayCannotStart, match="something else") as caught:
            await bot(stop_on_exit=True).__aenter__()
        assert "--state-dir" in caught.value.hint
        assert process.listener(socket_of(config)) == process.Listener(os.getpid())


async def test_what_took_the_place_of_ours_is_not_ended_when_the_bot_leaves(config: GatewayConfig, bot: Bot) -> None:
    gateway = bot(stop_on_exit=True)
    await gateway.__aenter__()
    identity = await gateway.identity()
    aside = socket_of(config).rename(config.folder / "aside.sock")
    async with something_that(says_nothing, socket_of(config)):
        await gateway.__aexit__(None, None, None)
        assert process.listener(socket_of(config)) == process.Listener(os.getpid())
    await process.end(aside, identity.pid)
