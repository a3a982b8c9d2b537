from datetime import timedelta
from ipaddress import ip_address

import pytest

from bot.slack.blocks.copies import again
from bot.slack.blocks.ends import open_for, passed
from bot.slack.blocks.phrases import callers, full, size, some
from bot.slack.blocks.who import by, mentions, missing
from bot.slack.parsing import Request, parse
from core.domain.mapping import Traffic
from core.domain.people import GroupId, UserId
from core.domain.policy import ANYONE, NOBODY, Principals
from core.domain.sources import Sources
from tests.golden import moments as at
from tests.golden.moments import scene


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (1_234, "1.2 kB"),
        (9_949, "9.9 kB"),
        (9_951, "10 kB"),
        (999_499, "999 kB"),
        (999_501, "1 MB"),
        (48_000_000, "48 MB"),
        (2**63, "9223 PB"),
    ],
)
def test_bytes_are_shown_as_people_say_them(number: int, shown: str) -> None:
    assert size(number) == shown


@pytest.mark.parametrize(
    ("sources", "shown"),
    [
        ("10.1.2.3", "only from 10.1.2.3"),
        ("10.1.2.3,10.1.2.9", "only from 10.1.2.3 or 10.1.2.9"),
        ("10.0.0.0/8,192.168.1.7", "anyone in 10.0.0.0/8 or 192.168.1.7"),
        ("fc00::/7", "anyone in fc00::/7"),
    ],
)
def test_who_may_connect_is_said_in_words(sources: str, shown: str) -> None:
    assert callers(Sources.parse(sources)) == shown


def test_no_sources_admit_nobody() -> None:
    assert callers(Sources(())) == "nobody"


def test_long_lists_end_in_a_number() -> None:
    assert some(["a", "<b>", "c"], 2) == "a, &lt;b&gt; and 1 more"
    assert some([], 2) == "nothing"


def test_a_sentence_has_one_mark_at_its_end() -> None:
    assert [full("so"), full("so?"), full("so…"), full("")] == ["So.", "So?", "So…", "."]


def test_what_went_through_is_told_with_every_caller() -> None:
    two = (ip_address("10.1.2.3"), ip_address("fd00::1"))
    assert passed(Traffic(2, 10, 2_000, two)) == "2 connections, 10 B to the pod, 2 kB back, from 10.1.2.3 and fd00::1"
    assert passed(Traffic()) == "nothing, for nobody connected"
    assert passed(None) == passed(Traffic(complete=False)) == "not known, for the gateway lost count meanwhile"


def test_how_long_it_was_open_counts_to_its_end() -> None:
    assert open_for(at.CLOSED_BY_BOB) == "open for 42m"
    assert open_for(at.DENIED) == "never open"


def test_people_are_named_by_mentions_as_far_as_there_is_room() -> None:
    assert mentions(Principals(frozenset({UserId("U1")}), frozenset({GroupId("S1")}))) == ["<@U1>", "<!subteam^S1>"]
    assert mentions(ANYONE) == ["any full member of this workspace"]
    assert mentions(NOBODY) == []
    assert mentions(Principals(frozenset(UserId(f"U{n}") for n in range(30))))[-1] == "20 more"


def test_who_did_it_is_read_from_the_facts_where_they_say() -> None:
    assert by({"by": str(at.BOB)}) == at.BOB
    assert by({}) is by({"by": "nobody"}) is by({"by": None}) is None


def test_what_is_missing_is_at_least_one_approval() -> None:
    assert missing(scene(at.REQUESTED)) == "1 approval by somebody else"
    assert missing(scene(at.REQUESTED, at.TWO)) == "2 approvals by others"
    assert missing(scene(at.later(at.REQUESTED, votes=at.VOTES))) == "1 more approval by others"


def test_asking_again_asks_for_the_same() -> None:
    command = parse(again(at.REQUESTED, at.RULE).strip("`"))
    assert isinstance(command, Request)
    asked = command.ask
    assert (asked.target, asked.ttl, asked.sources) == (at.REQUESTED.target, timedelta(hours=2), at.REQUESTED.sources)
    assert "from" not in again(at.NOT_TRIED, at.RULE)
