import json

import pytest
import yaml

from bot.client.models import OPEN, PENDING, MappingView, Told
from bot.client.output import Output, many, one, result
from bot.client.sentences import standing
from core.domain.mapping import Cause
from core.domain.states import State
from tests.unit.bot.client.samples import APPROVED, DENIED, NOW, REQUESTED, shown, view

EXTENSION = {"by_seconds": 1800, "asker": "slack:T0/U1", "approvals": {"needed": 2, "by": ["slack:T0/U2"]}}
TRAFFIC = {"connections": 3, "bytes_in": 999, "bytes_out": 48_000_000, "callers": ["10.1.2.3"], "complete": False}


def ending(cause: str, by: str = "slack:T0/U2", detail: str = "") -> dict[str, object]:
    return {"cause": cause, "by": by, "at": "2026-11-25T11:59:00Z", "detail": detail}


def test_a_list_stands_in_columns() -> None:
    rows = [
        Told(shown(id="m43", requester="rest:ci", **REQUESTED)),
        Told(shown()),
        Told(shown(id="m7", state="closed", target=None, requester=None)),
    ]
    assert many(rows, Output.TABLE, NOW).splitlines() == [
        "ID    STATE       TARGET                PORT                   WHO   LEFT",
        "m43   requested   payments/api-0:5005   -                      ci    -",
        "m42   open        payments/api-0:5005   gw.example.com:10004   U1    1h45m",
        "m7    closed      -                     gw.example.com:10004   -     -",
    ]


def test_one_is_told_line_by_line() -> None:
    told = Told(shown(extension=EXTENSION, traffic=TRAFFIC, ending=ending("expired", "system:timer")))
    assert one(told, Output.TABLE, NOW).splitlines() == [
        "id          m42",
        "state       open",
        "target      payments/api-0:5005 (debug)",
        "port        gw.example.com:10004",
        "until       2026-11-25 13:45:00 (1h45m left)",
        "asked by    slack:T0/U1, 2026-11-25 11:40:00",
        "callers     10.0.0.0/8",
        "reason      order 4711 hangs",
        "approvals   1 of 1: slack:T0/U2",
        "more time   30m, asked for by U1: 1 of 2 approvals",
        "ended       2026-11-25 11:59:00: its time ran out",
        "traffic     at least 3 connection(s), 999 B to the pod, 48.0 MB back, from 10.1.2.3",
    ]


def test_of_one_that_is_hidden_nothing_is_made_up() -> None:
    hidden = Told(shown(target=None, requester=None, sources=None, reason=None, **REQUESTED))
    text = one(hidden, Output.TABLE, NOW)
    assert "target      not for you to see" in text
    assert "until       2h from when it opens" in text
    assert "asked by" not in text


def test_for_programs_it_is_what_the_api_gave() -> None:
    raw = shown()
    assert json.loads(one(Told(raw), Output.JSON, NOW)) == json.loads(raw)
    assert yaml.safe_load(one(Told(raw), Output.YAML, NOW)) == json.loads(raw)
    assert json.loads(result(Told(raw), Output.JSON, NOW)) == json.loads(raw)
    assert json.loads(many([Told(raw), Told(raw)], Output.JSON, NOW)) == {"items": [json.loads(raw)] * 2, "next": None}
    assert yaml.safe_load(many([], Output.YAML, NOW)) == {"items": [], "next": None}


def test_moments_stay_text_in_yaml() -> None:
    assert yaml.safe_load(one(Told(shown()), Output.YAML, NOW))["expires_at"] == "2026-11-25T13:45:00Z"


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (view(**REQUESTED), "m42 waits for 1 approval; the card is in Slack; it lapses in 10m"),
        (
            view(**REQUESTED | {"approvals": {"needed": 3, "by": ["slack:T0/U2"]}, "pending_until": None}),
            "m42 waits for 2 approvals; the card is in Slack",
        ),
        (view(**APPROVED), "m42 is approved; its port is being opened"),
        (
            view(**APPROVED | {"trouble": "the gateway does not answer"}),
            "m42 is approved, and not open yet: the gateway does not answer",
        ),
        (view(), "m42 is open: gw.example.com:10004, 1h45m left"),
        (view(expires_at="2026-11-25T12:00:09Z"), "m42 is open: gw.example.com:10004, 9s left"),
        (
            view(extension=EXTENSION),
            "m42 is open: gw.example.com:10004, 1h45m left; 30m more waits for 1 approval; the card is in Slack",
        ),
        (view(host="2001:db8::1"), "m42 is open: [2001:db8::1]:10004, 1h45m left"),
        (view(state="closing", ending=ending("closed", "rest:ci")), "m42 is closing: closed by ci"),
        (view(**DENIED), "m42 was denied by U2"),
        (view(state="withdrawn", ending=ending("withdrawn")), "m42 was taken back by U2"),
        (view(state="lapsed", ending=ending("lapsed", "system:timer")), "m42 is lapsed: nobody approved it in time"),
        (
            view(state="failed", ending=ending("open_failed", "system:gateway", "nothing listens there")),
            "m42 is failed: it could not be opened (nothing listens there)",
        ),
        (view(state="refused", ending=ending("target_gone")), "m42 is refused: its pod is gone"),
        (view(state="sleeping", ending=ending("tired")), "m42 is sleeping: tired"),
        (view(state="closed"), "m42 is closed"),
    ],
)
def test_how_it_stands_is_a_sentence(mapping: MappingView, sentence: str) -> None:
    assert standing(mapping, NOW) == sentence


def test_text_of_others_moves_no_cursor() -> None:
    told = Told(shown(reason="\x1b]0;mine\x07 a\nb \x1b[2J", trouble="\x1b[2J"))
    assert "\x1b" not in one(told, Output.TABLE, NOW)
    assert "a b" in one(told, Output.TABLE, NOW)
    assert "\x1b" not in many([Told(shown(host="\x1b[2J"))], Output.TABLE, NOW)
    assert "\x1b" not in one(told, Output.JSON, NOW)


@pytest.mark.parametrize("cause", list(Cause))
def test_every_way_to_end_has_its_words(cause: Cause) -> None:
    assert standing(view(state="closed", ending=ending(cause)), NOW) != f"m42 is closed: {cause}"


def test_the_states_are_the_programs_own() -> None:
    assert PENDING | {OPEN} <= set(State)
