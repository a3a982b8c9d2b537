import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.mrkdwn import actor, code, escape, mention, moment, person, place, prose, shorten
from core.domain.mapping import IN_PERSON, NOWHERE, Place
from core.domain.people import Client, System


@given(st.text(), st.integers(1, 50))
def test_a_text_is_cut_between_characters_never_inside_an_entity(text: str, most: int) -> None:
    cut = shorten(text, most)
    assert len(cut) <= most
    assert not re.search(r"[<>]", cut)
    assert not re.search(r"&(?!amp;|lt;|gt;)", cut)


def test_what_fits_is_not_cut() -> None:
    assert shorten("a & b", 9) == "a &amp; b"
    assert shorten("a & b", 8) == "a &amp;…"
    assert shorten("a & b", 7) == "a…"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("ask <@U123|bob>", "ask @bob"),
        ("ask <@U123>", "ask @U123"),
        ("see <#C1|general>", "see #general"),
        ("<!here> <!subteam^S1|@ops> <!channel>", "@here @ops @channel"),
        ("1 < 2 && <script>", "1 &lt; 2 &amp;&amp; &lt;script&gt;"),
    ],
)
def test_mentions_in_a_reason_are_names_that_call_nobody(written: str, shown: str) -> None:
    assert prose(written, 200) == shown


@given(st.text())
def test_code_has_one_beginning_and_one_end(text: str) -> None:
    shown = code(text)
    assert shown.count("`") == 2
    assert "\n" not in shown
    assert shown != "``"


@pytest.mark.parametrize(
    ("principal", "shown"),
    [
        ("S0OPS", "<!subteam^S0OPS>"),
        ("U123", "<@U123>"),
        ("here", "<!here>"),
        ("@channel", "<!channel>"),
        ("", ""),
        (" ", ""),
    ],
)
def test_whom_a_rule_names_is_mentioned(principal: str, shown: str) -> None:
    assert mention(principal) == shown


def test_a_moment_is_shown_in_the_readers_time_zone_or_else_in_utc() -> None:
    at = datetime(2026, 11, 22, 22, 36, 5, 900_000, tzinfo=timezone(timedelta(hours=2)))
    seconds = int(datetime(2026, 11, 22, 20, 36, 5, tzinfo=UTC).timestamp())
    assert moment(at) == f"<!date^{seconds}^{{date_short_pretty}} {{time}}|2026-11-22 20:36 UTC>"
    assert moment(at, seconds=True) == f"<!date^{seconds}^{{date_short_pretty}} {{time_secs}}|2026-11-22 20:36:05 UTC>"


def test_where_it_was_asked_is_a_channel_or_private_or_over_rest() -> None:
    assert place(Place("C1")) == "in <#C1>"
    assert place(Place("D1", direct=True)) == "in a direct message"
    assert place(NOWHERE) == place(IN_PERSON) == "over REST"


def test_a_client_is_named_and_mentioned_by_no_means() -> None:
    assert person(Client("<!here> `ci`")) == "&lt;!here&gt; `ci` (REST)"
    assert actor(Client("ci")) == "ci (REST)"
    assert actor(System.TIMER) == "Pod-Proxier"


def test_escaping_leaves_other_signs_alone() -> None:
    assert escape("a*b_c~d`e\"f'g") == "a*b_c~d`e\"f'g"
