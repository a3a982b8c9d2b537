import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.blocks.card import card
from bot.slack.blocks.lint import lint
from bot.slack.blocks.message import Message
from bot.slack.buttons import EXTEND, Button, parse_button
from core.domain.mapping import Mapping
from core.domain.policy import NOTHING
from core.domain.sources import Sources
from core.domain.states import LIVE, State
from tests.golden import moments as at
from tests.golden.moments import scene

OVER = [at.CLOSED, at.FAILED, at.DENIED, at.WITHDRAWN, at.LAPSED, at.REFUSED]


def labels(message: Message) -> list[str]:
    return [str(element["text"]["text"]) for element in _elements(message)]


def values(message: Message) -> list[Button]:
    return [parse_button(str(element["value"])) for element in _elements(message)]


def _elements(message: Message) -> list[dict[str, dict[str, str]]]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element for row in rows for element in row]  # type: ignore[attr-defined] # blocks are JSON


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        (at.REQUESTED, ["Approve", "Change…", "Deny"]),
        (at.APPROVED, ["Close"]),
        (at.AWAY, ["Close"]),
        (at.REFUSED_PROBE, ["Retry", "Close"]),
        (at.OPEN, ["Extend 30m", "Extend 1h", "Close"]),
        (at.ASKED_FOR_MORE, ["Approve 1h more", "Deny 1h more", "Close"]),
        (at.EXPIRING, []),
        *((mapping, []) for mapping in OVER),
    ],
)
def test_a_card_has_the_buttons_of_its_state(mapping: Mapping, expected: list[str]) -> None:
    assert labels(card(scene(mapping))) == expected


def test_every_state_was_looked_at() -> None:
    seen = {at.REQUESTED, at.APPROVED, at.OPEN, at.EXPIRING, *OVER}
    assert {mapping.state for mapping in seen} == set(State) >= LIVE


def test_every_button_carries_the_mapping_and_the_terms_it_was_drawn_for() -> None:
    assert {(b.mapping_id, b.terms) for b in values(card(scene(at.EXTENDED)))} == {(42, 2)}
    assert [b.by for b in values(card(scene(at.OPEN)))] == [timedelta(minutes=30), timedelta(hours=1), None]


def test_only_steps_that_still_fit_are_offered() -> None:
    nearly = replace(at.OPEN, expires_at=at.NOW + timedelta(hours=2, minutes=30))
    assert labels(card(scene(nearly))) == ["Extend 30m", "Close"]
    assert labels(card(scene(at.AT_ITS_LONGEST))) == ["Close"]
    assert labels(card(scene(at.OPEN, replace(at.RULE, max_ttl=timedelta(minutes=45))))) == ["Extend 30m", "Close"]
    assert labels(card(scene(at.OPEN, NOTHING))) == ["Close"]


def test_steps_that_look_alike_are_still_different_buttons() -> None:
    twice = replace(at.RULE, extend_by=(timedelta(minutes=1), timedelta(minutes=1)))
    named = [str(element["action_id"]) for element in _elements(card(scene(at.OPEN, twice)))]
    assert named[:2] == [f"{EXTEND}0", f"{EXTEND}1"]


def test_an_end_is_shown_once_the_gateway_holds_it() -> None:
    ends = re.findall(r"<!date\^(\d+)\^", card(scene(at.EXTENDED)).text)
    assert at.OPEN.enforced_until is not None
    assert ends == [str(int(at.OPEN.enforced_until.timestamp()))]


def test_the_address_to_copy_is_the_first_code_on_an_open_card() -> None:
    assert re.findall(r"`(.*?)`", card(scene(at.OPEN)).text)[0] == "gw.example.com:10004"
    six = replace(scene(at.OPEN), host="fd00::1")
    assert "`[fd00::1]:10004`" in card(six).text


def test_nobody_is_called_twice() -> None:
    assert "<!subteam^S1>" in card(scene(at.REQUESTED), copy=True, mention="S1").text
    assert "<!subteam" not in card(scene(at.REQUESTED), copy=True).text


@pytest.mark.parametrize("mapping", [at.APPROVED, at.OPEN, at.CLOSED])
def test_a_card_that_is_decided_says_by_whom(mapping: Mapping) -> None:
    assert "approved by <@UBOB>" in card(scene(mapping)).text


def test_lower_bounds_are_said_to_be_such() -> None:
    assert "at least 3 connections" in card(scene(at.CLOSED_BY_GATEWAY)).text


@pytest.mark.parametrize("mapping", [at.REQUESTED, at.ASKED_FOR_MORE])
def test_an_approval_of_what_is_sensitive_is_asked_for_twice(mapping: Mapping) -> None:
    agreeing, *others = [e for e in _elements(card(scene(mapping, at.SENSITIVE))) if "confirm" in e]
    assert agreeing["text"]["text"].startswith("Approve")
    for what in ("payments", "5005", "10.1.2.3", "h"):
        assert what in str(agreeing["confirm"]["text"])
    assert others == []
    assert not any("confirm" in element for element in _elements(card(scene(mapping))))


def test_what_is_asked_before_an_approval_fits_into_slack_s_dialog() -> None:
    many = Sources.parse(",".join(f"10.{n}.100.200" for n in range(200)))
    long = replace(at.REQUESTED, sources=many, target=replace(at.REQUESTED.target, name="a" * 253))
    assert lint(card(scene(long, at.SENSITIVE))) == []
