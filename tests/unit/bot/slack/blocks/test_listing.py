import re
from dataclasses import replace
from datetime import timedelta

from bot.slack.blocks.lint import lint
from bot.slack.blocks.listing import listing
from core.domain.mapping import MappingId
from core.domain.target import Kind, Target
from core.services.queries import Row, StandingRow
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


def test_standing_ports_come_after_all_mappings_and_a_hidden_one_shows_its_port_alone() -> None:
    services = [StandingRow(at.STANDING), StandingRow(replace(at.STANDING, port=9002), hidden=True)]
    text = listing([Row(at.OPEN)], at.HOST, at.NOW, everything=True, services=services).text
    assert text.index("10004") < text.index("9001") < text.index("9002")
    assert text.count("ledger") == text.count("10.96.0.7") == 1


def test_a_thousand_standing_ports_are_within_slacks_limits_and_each_is_shown() -> None:
    services = [StandingRow(replace(at.STANDING, port=port)) for port in range(9000, 10_000)]
    message = listing([Row(at.OPEN)], at.HOST, at.NOW, everything=True, services=services)
    assert lint(message) == []
    assert str(message.blocks).count("*payments/ledger*") == 1000
