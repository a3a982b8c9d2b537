import asyncio
from typing import Any

import pytest

from bot.demo.narrator import Narrator
from bot.demo.stage import Stage
from bot.workspace import Channel, posting
from bot.workspace.messages import Content, Message, Origin
from tests.unit.bot.workspace.samples import actions, button, section

Output = pytest.CaptureFixture[str]


def post(stage: Stage, text: str, channel: Channel | None = None, **place: Any) -> Message:
    origin = Origin(stage.workspace.app_user_id, "chat.postMessage")
    blocks = [section(text), actions(button("Approve"), button("Deny", "deny"))]
    content = posting.read_content(stage.workspace.state, {"text": text, "blocks": blocks})
    return posting.post(stage.workspace.state, posting.Place(channel or stage.channel, **place), content, origin)


def test_a_message_is_told_with_where_it_stands_and_who_sees_it(
    stage: Stage, narrator: Narrator, capsys: Output
) -> None:
    card = post(stage, f"<@{stage.alice.id}> asks for *payments/api-0*")
    post(stage, "closed", thread_ts=card.ts, broadcast=True)
    post(stage, "psst", reader=stage.bob.id)
    post(stage, "for you", stage.alice.app_dm)
    narrator.catch_up()
    assert capsys.readouterr().out == (
        "\n  [#payments] Pod-Proxier\n      @alice asks for payments/api-0\n      [ Approve ]  [ Deny ]\n"
        "\n  [#payments, thread, and channel] Pod-Proxier\n      closed\n      [ Approve ]  [ Deny ]\n"
        "\n  [#payments, only bob sees this] Pod-Proxier\n      psst\n      [ Approve ]  [ Deny ]\n"
        "\n  [DM with alice] Pod-Proxier\n      for you\n      [ Approve ]  [ Deny ]\n"
    )


def test_an_update_is_told_once_and_only_where_something_is_new(
    stage: Stage, narrator: Narrator, capsys: Output
) -> None:
    card = post(stage, "waits")
    narrator.catch_up()
    capsys.readouterr()
    for content in (card.content, Content("open"), Content("open")):
        posting.change(stage.workspace.state, card, content)
        narrator.catch_up()
    assert capsys.readouterr().out == "\n  [#payments, updated] Pod-Proxier\n      open\n"


def test_no_line_is_wider_than_a_terminal(stage: Stage, narrator: Narrator, capsys: Output) -> None:
    post(stage, "many words " * 40)
    narrator.says("alice", "many words " * 40)
    narrator.checked("many words " * 40)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_what_was_posted_comes_before_what_is_said_of_it(stage: Stage, narrator: Narrator, capsys: Output) -> None:
    post(stage, "open")
    narrator.checked("it is open")
    narrator.scene("The end")
    told = capsys.readouterr().out
    assert told.index("open") < told.index("  ok  it is open") < told.index("\n--- The end ---")


async def test_messages_are_told_while_they_come(stage: Stage, narrator: Narrator, capsys: Output) -> None:
    async with narrator.reading():
        post(stage, "one")
        for _ in range(5):  # the narrator takes its turns
            await asyncio.sleep(0)
        assert "one" in capsys.readouterr().out
        post(stage, "the last")
    assert "the last" in capsys.readouterr().out


async def test_what_people_say_themselves_is_not_told_again(stage: Stage, narrator: Narrator, capsys: Output) -> None:
    await stage.alice.says("hello", channel=stage.channel)
    narrator.catch_up()
    assert capsys.readouterr().out == ""
