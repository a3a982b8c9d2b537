from typing import Any

import pytest

from bot.slack.blocks.lint import lint
from bot.slack.blocks.message import Block, Message
from bot.slack.blocks.parts import Buttons, Press, compose, note, say
from bot.slack.buttons import Button
from core.domain.mapping import MappingId, Terms


def text(words: str = "hello", kind: str = "mrkdwn") -> dict[str, object]:
    return {"type": kind, "text": words}


def button(**changes: object) -> dict[str, object]:
    return {"type": "button", "text": text(kind="plain_text"), "action_id": "close", "value": "m1/1", **changes}


def section(**fields: object) -> dict[str, object]:
    return {"type": "section", **fields}


def row(*elements: object, kind: str = "actions") -> dict[str, object]:
    return {"type": kind, "elements": list(elements)}


SOUND = section(text=text())


def test_a_sound_message_has_no_findings() -> None:
    press = Press("Close", "close", Button(MappingId(1), Terms(1)), "danger")
    assert lint(compose(say("a"), Buttons([press]), note("b"))) == []
    kinds: list[Block] = [SOUND, section(fields=[text()] * 10, accessory=button()), {"type": "divider"}]
    header: Block = {"type": "header", "text": text(kind="plain_text")}
    assert lint(Message("a", (*kinds, header))) == []


@pytest.mark.parametrize(
    ("blocks", "finding"),
    [
        ([], "blocks: none"),
        ([SOUND] * 51, "blocks: 51, over 50"),
        ([{"type": "rich_text"}], "unknown type rich_text"),
        ([{}], "unknown type None"),
        ([section()], "neither text nor fields"),
        ([section(text=text(" "))], "text/text: empty"),
        ([section(text=text("x" * 3001))], "3001 characters, over 3000"),
        ([section(text="hello")], "no text object"),
        ([section(text=text(kind="markdown"))], "markdown is not one of"),
        ([section(fields=[])], "fields: 0, not 1 to 10"),
        ([section(fields=[text()] * 11)], "fields: 11, not 1 to 10"),
        ([section(fields=[text("x" * 2001)])], "2001 characters, over 2000"),
        ([section(text=text(), accessory=text())], "not a button"),
        ([{"type": "header", "text": text("x" * 151, "plain_text")}], "151 characters, over 150"),
        ([{"type": "header", "text": text()}], "mrkdwn is not one of plain_text"),
        ([row(kind="context")], "elements: 0, not 1 to 10"),
        ([row(*[text()] * 11, kind="context")], "elements: 11, not 1 to 10"),
        ([row(text("x" * 2001), kind="context")], "2001 characters, over 2000"),
        ([row()], "elements: 0, not 1 to 25"),
        ([row(*(button(action_id=str(n)) for n in range(26)))], "elements: 26, not 1 to 25"),
        ([row("a word")], "not a button"),
        ([row(button(text=text("", "plain_text")))], "text/text: empty"),
        ([row(button(text=text("x" * 76, "plain_text")))], "76 characters, over 75"),
        ([row(button(text=text()))], "mrkdwn is not one of plain_text"),
        ([row(button(value="x" * 2001))], "2001 characters, over 2000"),
        ([row(button(action_id=""))], "action_id: empty"),
        ([row(button(action_id="x" * 256))], "256 characters, over 255"),
        ([row(button(style="green"))], "style: green is none"),
        ([row(button(), button())], "action_id: close stands there 2 times"),
        ([row(button()), section(text=text(), accessory=button())], "action_id: close stands there 2 times"),
        ([{**SOUND, "block_id": "a"}, {**SOUND, "block_id": "a"}], "block_id: a stands there 2 times"),
    ],
)
def test_what_slack_would_refuse_is_found(blocks: list[Any], finding: str) -> None:
    assert any(finding in found for found in lint(Message("hello", tuple(blocks))))


@pytest.mark.parametrize(("words", "finding"), [("", "text: empty"), ("x" * 4001, "text: 4001 characters, over 4000")])
def test_the_text_is_there_and_no_longer_than_an_update_takes(words: str, finding: str) -> None:
    assert lint(Message(words, (SOUND,))) == [finding]
