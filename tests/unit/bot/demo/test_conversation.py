import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from bot.demo.conversation import Conversation, Verb, Wish, newest_with, understand
from bot.demo.narrator import Narrator
from bot.demo.stage import Stage
from bot.demo.typed import typed_lines
from bot.workspace.errors import NotPossibleError
from tests.unit.bot.demo.test_narrator import Output, post

PEOPLE = ("alice", "bob", "carol")

LINES = {
    "pod payments/api-0 1h": Wish(Verb.TYPE, "alice", "pod payments/api-0 1h"),
    "  /proxy list all ": Wish(Verb.TYPE, "alice", "list all"),
    "bob: pod payments/worker-0 1h": Wish(Verb.TYPE, "bob", "pod payments/worker-0 1h"),
    "Carol list": Wish(Verb.TYPE, "carol", "list"),
    "help": Wish(Verb.TYPE, "alice", "help"),
    "close 10004": Wish(Verb.TYPE, "alice", "close 10004"),
    "approve": Wish(Verb.CLICK, "bob", "approve"),
    "alice: approve": Wish(Verb.CLICK, "alice", "approve"),
    "Deny": Wish(Verb.CLICK, "bob", "deny"),
    "click Extend 10m": Wish(Verb.CLICK, "alice", "Extend 10m"),
    "bob: click Close": Wish(Verb.CLICK, "bob", "Close"),
    "bob: clicks [ Close ]": Wish(Verb.CLICK, "bob", "Close"),
    "look": Wish(Verb.LOOK, "alice"),
    "bob look": Wish(Verb.LOOK, "bob"),
    "?": Wish(Verb.GUIDE, "alice"),
    "": Wish(Verb.GUIDE, "alice"),
    "quit": Wish(Verb.LEAVE, "alice"),
    "EXIT": Wish(Verb.LEAVE, "alice"),
}


async def typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


@pytest.mark.parametrize(("line", "wish"), LINES.items())
def test_a_line_is_understood(line: str, wish: Wish) -> None:
    assert understand(line, PEOPLE) == wish


async def test_the_guide_says_what_can_be_typed_how_to_connect_and_how_to_leave(
    stage: Stage, narrator: Narrator, capsys: Output
) -> None:
    assert await Conversation(stage, narrator).run(typed("quit", "look")) is True
    told = capsys.readouterr().out
    for words in (
        "pod payments/api-0 1h",
        "approve",
        "nc 127.0.0.1 PORT",
        f"one of {stage.first_port}",
        "quit",
        "bot.log",
        "/ready",
    ):
        assert words in told
    assert "Pod-Proxier" not in told


async def test_where_something_cannot_be_done_the_conversation_goes_on(
    stage: Stage, narrator: Narrator, capsys: Output
) -> None:
    assert await Conversation(stage, narrator).run(typed("approve", "list", "look")) is False
    told = capsys.readouterr().out
    assert "Slack: bob sees no button [ approve ]" in told
    assert 'Slack: /proxy failed with the error "dispatch_failed"' in told
    assert told.endswith("#payments\n")


async def test_a_click_is_made_on_the_newest_button_of_that_name(
    stage: Stage, narrator: Narrator, capsys: Output
) -> None:
    old, new = post(stage, "old"), post(stage, "new")
    secret = post(stage, "for alice", reader=stage.alice.id)
    assert newest_with("APPROVE", stage.bob, stage.channel) == (new, "Approve")
    assert newest_with("deny", stage.alice, stage.channel) == (secret, "Deny")
    assert old is not new
    with pytest.raises(NotPossibleError):
        newest_with("Close", stage.bob, stage.channel)
    await Conversation(stage, narrator).run(typed("approve"))
    assert "bob: clicks [ Approve ]" in capsys.readouterr().out


async def test_lines_are_read_as_they_are_typed_until_the_input_ends() -> None:
    source, sink = os.pipe()
    lines = typed_lines(source)
    os.write(sink, b"one\ntw")
    assert await anext(lines) == "one"
    os.write(sink, "o\nthree \N{SNOWMAN}".encode())
    assert await anext(lines) == "two"
    os.close(sink)
    assert [line async for line in lines] == ["three \N{SNOWMAN}"]
    os.close(source)


async def test_nobody_waits_for_a_line_that_never_comes() -> None:
    source, sink = os.pipe()
    lines = typed_lines(source)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(lines)
    os.close(sink)
