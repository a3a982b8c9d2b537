from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BadTtl
from core.domain.ttl import UNIT_WORDS, format_ttl, parse_ttl

WHOLE_SECONDS = st.integers(1, 10**9).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7_200),
        ("90m", 5_400),
        ("90s", 90),
        ("1h30m", 5_400),
        ("30m1h", 5_400),
        ("45 min", 2_700),
        ("2 hours", 7_200),
        ("1 Hour 5 Minutes", 3_900),
        ("1d", 86_400),
        ("  10M ", 600),
        ("+2h", 7_200),
        ("007s", 7),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_ttl(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("word", sorted(UNIT_WORDS))
def test_every_word_for_a_unit_is_read(word: str) -> None:
    assert parse_ttl(f"2{word}") == parse_ttl(f"2 {word.upper()}") == 2 * parse_ttl(f"1{word[0]}")


@pytest.mark.parametrize("text", ["2", "90", "007"])
def test_a_bare_number_is_asked_back(text: str) -> None:
    number = text.lstrip("0")
    with pytest.raises(BadTtl, match=f"{number}h or {number}m\\?"):
        parse_ttl(text)


@pytest.mark.parametrize("text", ["0", "000", "0s", "0h0m", "+0"])
def test_no_time_at_all_is_refused(text: str) -> None:
    with pytest.raises(BadTtl, match="no time at all"):
        parse_ttl(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("-2h", "2h"),
        ("--90m", "1h30m"),
        ("-5", "5h"),
        ("-", "2h"),
        ("-x", "2h"),
        ("- + 2h", "2h"),
        pytest.param("- " * 1_500 + "3h", "3h", id="many signs"),
        pytest.param("-\u00a0" * 1_500, "2h", id="nothing but signs"),
    ],
)
def test_a_negative_duration_is_refused_with_what_was_meant(text: str, hint: str) -> None:
    with pytest.raises(BadTtl, match="negative") as raised:
        parse_ttl(text)
    assert raised.value.hint == hint


@pytest.mark.parametrize(
    "text", ["", "h", "2x", "2 fortnights", "1h1h", "1h and 5m", "1.5h", "1h,5m", "٢h", "²h", "2h\0", "1234567890s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadTtl, match="not a duration"):
        parse_ttl(text)


@pytest.mark.parametrize("text", ["999999999d 999999999h", "999999999d86400s"])
def test_a_duration_beyond_all_bounds_is_refused(text: str) -> None:
    with pytest.raises(BadTtl, match="longer than anyone lives"):
        parse_ttl(text)


@given(WHOLE_SECONDS)
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert parse_ttl(format_ttl(duration)) == duration


@given(st.text(st.sampled_from("0123456789 -+hmsdx²٢"), max_size=20))
def test_whatever_is_typed_is_read_or_refused_with_an_example_that_works(text: str) -> None:
    try:
        duration = parse_ttl(text)
    except BadTtl as refused:
        duration = parse_ttl(refused.hint)
    assert duration > timedelta()


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=-5), "0s"),
        (timedelta(milliseconds=1_999), "1s"),
        (timedelta(days=1, hours=2, minutes=3, seconds=4), "1d2h3m4s"),
        (timedelta(minutes=90), "1h30m"),
    ],
)
def test_durations_are_written_short(duration: timedelta, text: str) -> None:
    assert format_ttl(duration) == text
