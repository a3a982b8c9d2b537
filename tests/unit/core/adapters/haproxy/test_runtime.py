import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.adapters.haproxy.addresses import UnixAddress
from core.adapters.haproxy.commands import Command, command, payloads
from core.adapters.haproxy.runtime import RuntimeSocket
from core.domain.errors import GatewayRefused, GatewayUnreachable
from tests.contract.gateway.haproxies import short_folder

Reply = Callable[[str], Awaitable[str]]
MARK = "[6]: proc.pp_config: type=str value=<abc123>\n\n"
QUESTION = command("pp", "epoch")


@asynccontextmanager
async def an_haproxy(reply: Reply, *, deadline: float = 5.0, at_a_time: int = 4) -> AsyncIterator[RuntimeSocket]:
    """Takes one line a connection, payload included, answers, and hangs up, as HAProxy does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        if line.rstrip().endswith("<<"):
            line += (await reader.readuntil(b"\n\n")).decode()
        writer.write((await reply(line)).encode())
        writer.close()

    with short_folder() as folder:
        async with await asyncio.start_unix_server(serve, folder / "s"):
            yield RuntimeSocket(UnixAddress(folder / "s"), timedelta(seconds=deadline), at_a_time)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)


def saying(text: str) -> Reply:
    async def reply(_: str) -> str:
        return text

    return reply


async def test_each_question_has_its_answer_however_they_are_run_together() -> None:
    async with an_haproxy(saying(f"\n{MARK}one\n\n{MARK}two\ntwo\n{MARK}\n")) as socket:
        answers = await socket.ask(QUESTION, QUESTION, QUESTION)
    assert answers.config == "abc123"
    assert answers.replies == ("one", "two\ntwo", "")
    assert answers.complaints == ()


async def test_complaints_about_what_it_was_told_are_told_and_notices_are_not() -> None:
    async with an_haproxy(saying(f"\n[3]: Invalid addr 'x'\n\n[6]: fine\n\n{MARK}one\n\n")) as socket:
        answers = await socket.ask(QUESTION, first=[command("set", "x")])
    assert answers.complaints == ("Invalid addr 'x'",)


async def test_a_question_that_it_does_not_know_is_refused() -> None:
    async with an_haproxy(saying(f"{MARK}[3]: Unknown command\n")) as socket:
        with pytest.raises(GatewayRefused, match="Unknown command"):
            await socket.ask(QUESTION)


@pytest.mark.parametrize("text", ["", "\n", MARK])
async def test_an_answer_that_breaks_off_is_none(text: str) -> None:
    async with an_haproxy(saying(text)) as socket:
        with pytest.raises(GatewayUnreachable, match="broke off"):
            await socket.ask(QUESTION, QUESTION)


async def test_many_commands_go_in_few_lines_and_payloads_end_theirs() -> None:
    lines: list[str] = []

    async def reply(line: str) -> str:
        lines.append(line)
        return "\n"

    told: list[Command] = [command("set", str(number)) for number in range(10)]
    told += payloads(command("add", "map", "@1", "/m"), [(str(number), "1") for number in range(10)])
    told.append(command("commit", "map", "@1", "/m"))
    async with an_haproxy(reply) as socket:
        assert await socket.tell(told) == ()
    assert len(lines) == 2
    assert lines[0].startswith("set severity-output number;set 0;set 1")
    assert lines[0].endswith("\n9 1\n\n")
    assert lines[1] == "set severity-output number;commit map @1 /m\n"


async def test_the_deadline_holds_for_the_wait_for_a_turn_as_well() -> None:
    async def never(_: str) -> str:
        await asyncio.sleep(0.5)
        return ""

    async with an_haproxy(never, deadline=0.05, at_a_time=1) as socket:
        asked = [socket.ask(QUESTION) for _ in range(3)]
        failures = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(failure) for failure in failures} == {GatewayUnreachable}


async def test_patience_is_added_to_the_deadline() -> None:
    async def slowly(_: str) -> str:
        await asyncio.sleep(0.1)
        return f"{MARK}one\n"

    async with an_haproxy(slowly, deadline=0.02) as socket:
        with pytest.raises(GatewayUnreachable, match=r"within 0\.02 s"):
            await socket.ask(QUESTION)
        assert (await socket.ask(QUESTION, patience=timedelta(seconds=5))).replies == ("one",)


async def test_never_more_connections_than_its_share() -> None:
    now, most = 0, 0

    async def reply(_: str) -> str:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.005)
        now -= 1
        return f"{MARK}one\n"

    async with an_haproxy(reply, at_a_time=3) as socket:
        await asyncio.gather(*(socket.ask(QUESTION) for _ in range(12)))
    assert most == 3
