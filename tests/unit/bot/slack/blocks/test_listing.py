import re
from dataclasses import replace
from datetime import timedelta

from bot.slack.blocks.lint import lint
from bot.slack.blocks.listing import listing
from core.domain.mapping import MappingId
from core.domain.target import Kind, Target
from core.services.queries import Row
from tests.golden import moments as at


def test_no_list_shows_a_reason() -> None:
    assert "4711" not in listing([Row(at.OPEN)], at.HOST, at.NOW, everything=True).text


def test_a_hidden_target_is_nowhere_in_the_message() -> None:
    shown = listing([Row(at.OPEN, hidden=True)], at.HOST, at.NOW, everything=True)
    assert "payments" not in str(shown)
    assert "`10004`" in shown.text


def test_what_ends_first_stands_first() -> None:
    later = replace(at.OPEN, id=MappingId(7), port=10_007, enforced_until=at.NOW + timedelta(hours=3))
    text = listing([Row(later), Row(at.OPEN)], at.HOST, at.NOW, everything=False).text
    assert text.index("10004") < text.index("10007")


def test_a_list_of_hundreds_is_within_slacks_limits_and_says_what_is_left_out() -> None:
    long = Target(Kind.POD, "n" * 63, "p" * 253, 5005)
    rows = [Row(replace(at.OPEN, id=MappingId(n), port=n, target=long)) for n in range(1, 1001)]
    message = listing(rows, at.HOST, at.NOW, everything=True)
    assert lint(message) == []
    assert message.text.startswith("1000 mappings in all")
    for shown in (message.text, str(message.blocks)):
        left = re.search(r"and (\d+) more", shown)
        assert left
        assert shown.count("*nnn") + int(left[1]) == 1000
