"""What a person reads in a terminal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.workspace import posting
from bot.workspace.channels import Channel
from bot.workspace.directory import User
from bot.workspace.messages import Content, Message, Origin
from bot.workspace.rendering.blocks import block_lines
from bot.workspace.rendering.dates import format_date
from bot.workspace.rendering.layout import fitted
from bot.workspace.rendering.mrkdwn import Reader, readable
from bot.workspace.rendering.transcript import render, render_channel, render_view
from bot.workspace.state import State
from bot.workspace.views import View
from tests.unit.bot.workspace.samples import (
    Json,
    actions,
    button,
    context,
    header,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    select,
    text_input,
)

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

TEXTS = {
    "a person": ("<@U0ALICE> asks", "@alice asks"),
    "a person with a label": ("<@U0ALICE|al> asks", "@alice asks"),
    "a person nobody knows": ("<@U0NOBODY|bob> and <@U0OTHER>", "@bob and @U0OTHER"),
    "a group": ("<!subteam^S00000001> please", "@sre please"),
    "everybody": ("<!here> and <!channel>", "@here and @channel"),
    "another channel": ("<#C0OTHER|ops>", "#ops"),
    "a link": ("<https://e.com/x>", "https://e.com/x"),
    "a link with a label": ("<https://e.com/x|the policy>", "the policy (https://e.com/x)"),
    "a host that became a link": ("from <http://gw.e.com|gw.e.com>", "from gw.e.com"),
    "an address that became a link": ("<mailto:a@e.com|a@e.com>", "a@e.com"),
    "entities, once": ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
    "bold and italic": ("*payments/api-0* is _open_ for *<@U0ALICE>*", "payments/api-0 is open for @alice"),
    "marks that are none": ("a_b_c, 2 * 3 * 4, *-api and *-db", "a_b_c, 2 * 3 * 4, *-api and *-db"),
    "code": ("`gw:10004` and `*_raw_*` &amp; `a &lt; b`", "`gw:10004` and `*_raw_*` & `a < b`"),
    "a forged mention": ("&lt;!channel&gt;", "<!channel>"),
    "a block of code": ("Try:\n```/proxy a\n/proxy b```", "Try:\n    /proxy a\n    /proxy b"),
    "nothing in angles": ("<|label>", "label ()"),
}

BLOCKS: dict[str, tuple[Json, list[str]]] = {
    "a section": (section("*Hi* <@U0ALICE>"), ["Hi @alice"]),
    "a plain text, taken literally": ({"type": "section", "text": plain("*Hi* &amp;")}, ["*Hi* &amp;"]),
    "fields": (
        {"type": "section", "fields": [mrkdwn("*Until*\n10:00"), mrkdwn("*For*:\n2h"), mrkdwn("one")]},
        ["  Until: 10:00", "  For: 2h", "  one"],
    ),
    "a button beside": (section("Hi", accessory=button("Go")), ["Hi", "[ Go ]"]),
    "buttons": (actions(button("Approve"), button("Deny", "deny")), ["[ Approve ]  [ Deny ]"]),
    "a menu": (actions(select(placeholder=plain("Pick"), options=[option("A"), option("B")])), ["[ Pick : A | B v ]"]),
    "an overflow": (actions({"type": "overflow", "action_id": "o", "options": [option("A")]}), ["[ ... A ]"]),
    "a context": (context(mrkdwn("one"), plain("two")), ["  one · two"]),
    "a header": (header("Title"), ["== Title =="]),
    "a divider": ({"type": "divider"}, ["-" * 40]),
    "an image": ({"type": "image", "image_url": "u", "alt_text": "a cat"}, ["(image: a cat)"]),
    "an input": (text_input(initial_value="bob"), ["Name: [ bob ]"]),
    "markdown": ({"type": "markdown", "text": "# Hi"}, ["# Hi"]),
    "an unknown kind": ({"type": "video"}, ["(video)"]),
}

DATES = {
    "{date_num}": "2026-11-23",
    "{date}": "November 23rd, 2026",
    "{date_short}": "Nov 23, 2026",
    "{date_long}": "Monday, November 23rd, 2026",
    "{date_long_full}": "November 23, 2026",
    "{date_slash}": "23/11/2026",
    "{date_short_pretty} {time}": "tomorrow 14:30",
    "{day_divider_pretty} at {time_secs}": "tomorrow at 14:30:05",
    "{ago}": "in 19 hours",
}


@pytest.fixture
def reader(state: State, channel: Channel, alice: User) -> Reader:
    state.add_group("sre", [alice.id])
    return Reader(channel, alice)


@pytest.mark.parametrize(("text", "read"), TEXTS.values(), ids=TEXTS)
def test_mrkdwn_reads_as(text: str, read: str, reader: Reader) -> None:
    assert readable(text, reader) == read


@pytest.mark.parametrize(("block", "lines"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_look_like(block: Json, lines: list[str], reader: Reader) -> None:
    assert list(block_lines(block, reader)) == lines


@pytest.mark.parametrize(("template", "shown"), DATES.items())
def test_a_date_is_shown_as_its_tokens_say(template: str, shown: str) -> None:
    assert format_date(template, datetime(2026, 11, 23, 14, 30, 5, tzinfo=UTC), NOW) == shown


@pytest.mark.parametrize(
    ("delta", "near", "distance"),
    [
        (timedelta(days=-1), "yesterday", "1 day ago"),
        (timedelta(hours=-1), "today", "1 hour ago"),
        (timedelta(minutes=3), "today", "in 3 minutes"),
        (timedelta(days=2), "Nov 24, 2026", "in 2 days"),
    ],
)
def test_what_is_near_is_called_so(delta: timedelta, near: str, distance: str) -> None:
    assert format_date("{date_short_pretty}", NOW + delta, NOW) == near
    assert format_date("{ago}", NOW + delta, NOW) == distance


def test_a_date_is_in_the_readers_time_zone(reader: Reader) -> None:
    token = "<!date^1794000000^{date_num} {time}|2026-11-06 20:00 UTC>"
    assert readable(token, reader) == "2026-11-06 22:20"
    assert readable(token, Reader(reader.channel)) == "2026-11-06 21:20"


@pytest.mark.parametrize("token", ["<!date^soon^{time}|later>", "<!date^1794000000^{decade}|later>", "<!date|later>"])
def test_a_date_that_slack_does_not_understand_shows_its_fallback_or_its_word(token: str, reader: Reader) -> None:
    assert readable(token, reader) in {"later", "@date"}


def test_lines_fit_and_buttons_stay_whole() -> None:
    row = "  ".join(f"[ Extend {hours} h ]" for hours in range(4))
    assert fitted(row, 35) == "[ Extend 0 h ]  [ Extend 1 h ]\n[ Extend 2 h ]  [ Extend 3 h ]"
    assert fitted("    a b c\n\nword", 7) == "    a b\n    c\n\nword"
    assert fitted("a-name-longer-than-the-width", 8) == "a-name-longer-than-the-width"


def say(state: State, channel: Channel, text: str, **place: Any) -> Message:
    origin = Origin(state.directory.app.user_id, "chat.postMessage")
    return posting.post(state, posting.Place(channel, **place), Content(text), origin)


def test_a_channel_shows_threads_indented_and_secrets_to_their_reader_only(
    state: State, channel: Channel, alice: User
) -> None:
    card = say(state, channel, "the card")
    say(state, channel, "a reply " + "with many words " * 6, thread_ts=card.ts)
    say(state, channel, "psst", reader=alice.id)
    say(state, channel, "closed", thread_ts=card.ts, broadcast=True)
    posting.change(state, card, Content("the card, closed"))
    clock = f"{Reader(channel).local(card.history[0].at):%H:%M}"
    assert render_channel(channel, width=60).replace(clock, "10:00") == (
        "#payments\n"
        "\n"
        "Pod-Proxier  10:00 (edited)\n"
        "  the card, closed\n"
        "    | Pod-Proxier  10:00\n"
        "    |   a reply with many words with many words with many\n"
        "    |   words with many words with many words with many\n"
        "    |   words\n"
        "    | Pod-Proxier  10:00\n"
        "    |   closed\n"
        "\n"
        "Pod-Proxier  10:00 (replied to a thread)\n"
        "  closed"
    )
    assert "(only you see this)\n  psst" in render_channel(channel, alice)


def test_a_deleted_message_is_named_where_its_thread_is_left(state: State, channel: Channel) -> None:
    lonely, card = say(state, channel, "lonely"), say(state, channel, "card")
    say(state, channel, "reply", thread_ts=card.ts)
    for message in (lonely, card):
        posting.remove(state, message)
    shown = render_channel(channel)
    assert "(this message was deleted)\n    | Pod-Proxier" in shown
    assert "lonely" not in shown
    assert shown.count("deleted") == 1


def test_blocks_stand_for_the_text(state: State, channel: Channel) -> None:
    message = say(state, channel, "for screen readers")
    posting.change(state, message, Content("for screen readers", (section("*for* eyes"),)))
    assert render(message) == "for eyes"


def test_a_dm_is_named_by_the_other_person(state: State, alice: User) -> None:
    assert render_channel(state.dm_with(alice.id)) == "DM with alice"


def test_a_modal_shows_its_fields_errors_and_buttons(channel: Channel) -> None:
    content = modal(text_input(), submit=plain("Save"), close=plain("Cancel"))
    view = View("V1", "U0ALICE", content, "hash", "V1", errors={"name": "too short"})
    assert render_view(view, channel) == "== Title ==\nName: [ ... ]\n  ! too short\n[ Cancel ]  [ Save ]"
