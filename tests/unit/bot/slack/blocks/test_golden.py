"""Every message as it is posted; ``python -m tests.golden --write`` writes the files anew."""

from collections import Counter

import pytest

from bot.slack.blocks.lint import lint
from bot.slack.blocks.message import Message
from bot.workspace.validation import check_message_blocks
from tests.golden.messages import GROUPS
from tests.golden.pages import FOLDER, as_read, page

EVERY = [pytest.param(m, id=f"{name}: {which}") for name, group in GROUPS.items() for which, m in group().items()]


@pytest.mark.parametrize("name", GROUPS)
def test_every_message_is_as_it_was_written_down(name: str) -> None:
    assert page(GROUPS[name]()) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_nothing_is_written_down_that_is_not_posted() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(GROUPS)


@pytest.mark.parametrize("message", EVERY)
def test_no_message_is_one_that_slack_would_refuse(message: Message) -> None:
    assert lint(message) == []
    assert check_message_blocks([dict(block) for block in message.blocks]) == []


@pytest.mark.parametrize("message", EVERY)
def test_whoever_hears_only_the_text_hears_everything(message: Message) -> None:
    assert message.text == as_read(message)


def test_only_the_first_post_in_the_approvers_channel_calls_a_group() -> None:
    texts = {f"{name}: {which}": m.text for name, group in GROUPS.items() for which, m in group().items()}
    calling = {name for name, text in texts.items() if "<!subteam" in text or "<!here" in text}
    told = {name for name in calling if name.startswith(("cards", "entries", "direct"))}
    assert told == {
        "cards: requested, the copy's first post",
        "cards: requested in a direct message, the copy",
        "cards: requested, nobody can approve",
        "entries: forbidden",
        "entries: reminder that calls a group",
        "cards: requested by a client, in the approvers' channel",
    }


def test_replies_mention_only_who_has_something_to_do_or_is_named_nowhere_else() -> None:
    mentioned = Counter(name for name, message in GROUPS["entries"]().items() if "<@" in message.text)
    assert set(mentioned) == {
        "stalled, refused",
        "stalled, silent",
        "warning",
        "warning, no more time",
        "extension approved",
        "extension denied",
        "ended, time ran out",
        "ended while away",
        "ended by somebody else",
        "ended, revoked",
        "forbidden",
        "ended, the pod is gone",
        "ended, the port is gone",
        "ended, replaced",
        "ended, replaced, of a client",
        "failed",
    }
