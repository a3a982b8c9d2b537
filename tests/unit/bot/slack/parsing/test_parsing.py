"""Commands as people type them."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from bot.slack.parsing import Close, Command, Extend, GiveHelp, ListThem, OpenForm, Request, parse
from bot.slack.parsing.asking import LONGEST_REASON
from bot.slack.parsing.line import LONGEST
from core.domain.errors import BadInput
from core.domain.mapping import MappingId, Reference
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import Kind, Target

TARGET = Target(Kind.POD, "payments", "api-0")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def sources(*addresses: str) -> Sources:
    return Sources.of(ip_network(address) for address in addresses)


def asked(text: str) -> Ask:
    command = parse(f"pod payments/api-0 {text}")
    assert isinstance(command, Request)
    assert command.ask.target == TARGET
    return command.ask


def refused(text: str) -> BadInput:
    with pytest.raises(BadInput) as raised:
        parse(text)
    assert raised.value.given
    parse(raised.value.hint)  # an example that cannot be read would be no help
    return raised.value


# -- verbs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", OpenForm()),
        (" \u200b ", OpenForm()),
        ("help", GiveHelp()),
        ("HELP me", GiveHelp()),
        ("list", ListThem()),
        ("List ALL", ListThem(everything=True)),
        ("close 10004", Close(Reference(port=10_004))),
        ("close m42", Close(Reference(mapping_id=MappingId(42)))),
        ("Close #42", Close(Reference(mapping_id=MappingId(42)))),
        ("close gw.example.com:10004", Close(Reference(port=10_004))),
        ("extend 10004 30m", Extend(Reference(port=10_004), 30 * MINUTE)),
        ("extend M42 1h 30m", Extend(Reference(mapping_id=MappingId(42)), 90 * MINUTE)),
        ("extend `10004` by 45 min", Extend(Reference(port=10_004), 45 * MINUTE)),
        ("/proxy close 10004", Close(Reference(port=10_004))),
    ],
)
def test_a_command_is_read(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "problem", "example"),
    [
        ("pdo payments/api-0 2h", "did you mean pod?", "/proxy pod payments/api-0 2h"),
        ("clsoe m42", "did you mean close?", "/proxy close m42"),
        ("payments/api-0 2h", "a target comes after pod", "/proxy pod payments/api-0 2h"),
        ("frobnicate", "there are pod, list, extend, close, help", "/proxy help"),
        ("list mine", "nothing, or all", "/proxy list all"),
        ("close", "which one?", "/proxy close 10004"),
        ("close api-0", "neither a port nor an id", "/proxy close 10004"),
        ("close 0", "not a port", "/proxy close 10004"),
        ("close 70000", "not a port", "/proxy close 10004"),
        (f"close m{'9' * 40}", "neither a port nor an id", "/proxy close 10004"),
        ("close 10004 10005", "one at a time", "/proxy close 10004"),
        ("extend", "which one", "/proxy extend 10004 30m"),
        ("extend m42", "for how long?", "/proxy extend m42 30m"),
        ("extend m42 2", "2h or 2m?", "/proxy extend m42 2h"),
        ("extend m42 2h please", "is not a duration", "/proxy extend m42 2h"),
        ("extend m42 -2h", "is negative", "/proxy extend m42 2h"),
        ("extend api-0 2h", "neither a port nor an id", "/proxy extend 10004 30m"),
        ("x" * (LONGEST + 1), "longer than", "/proxy pod payments/api-0 2h"),
    ],
)
def test_a_command_that_cannot_be_read_is_answered_with_one_that_can(text: str, problem: str, example: str) -> None:
    error = refused(text)
    assert problem in error.problem
    assert error.hint == example


# -- pod: the target --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "port"),
    [("Payments/API-0", None), ("payments/api-0:5005", 5005), ("payments/api-0:Debug_Port", "debug-port")],
)
def test_a_target_is_read_in_any_case(text: str, port: int | str | None) -> None:
    assert parse(f"POD {text}") == Request(Ask(Target(Kind.POD, "payments", "api-0", port)))


@pytest.mark.parametrize(
    ("text", "problem", "example"),
    [
        ("pod", "the target is missing", "/proxy pod payments/api-0 2h"),
        ("pod api-0 2h why not", "the namespace is missing", "/proxy pod default/api-0 2h why not"),
        ("pod payments/api-0:0", "port 0 is not between", "/proxy pod payments/api-0:5005"),
        ("pod payments/api-0:70000 2h", "port 70000", "/proxy pod payments/api-0:5005 2h"),
        ("pod pay_ments/api-0", "not a namespace", "/proxy pod payments/api-0"),
        ("pod payments/api_0", "not the name of a pod", "/proxy pod payments/api-0"),
        ("pod payments/api-0 5005 why", "a port goes right behind", "/proxy pod payments/api-0:5005 why"),
    ],
)
def test_a_target_that_cannot_be_right_is_corrected(text: str, problem: str, example: str) -> None:
    error = refused(text)
    assert problem in error.problem
    assert error.hint == example


# -- pod: time, sources, reason ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ttl", "reason"),
    [
        ("", None, ""),
        ("2h", 2 * HOUR, ""),
        ("2H order 4711 hangs", 2 * HOUR, "order 4711 hangs"),
        ("45 min", 45 * MINUTE, ""),
        ("2 hours, order hangs", 2 * HOUR, "order hangs"),
        ("1h30m why", 90 * MINUTE, "why"),
        ("1h 30m why", 90 * MINUTE, "why"),
        ("1 hour 30 minutes why", 90 * MINUTE, "why"),
        ("for 2h", 2 * HOUR, ""),
        ("2h 500 errors since noon", 2 * HOUR, "500 errors since noon"),
        ("2h 3 days of logs", 2 * HOUR, "3 days of logs"),
        ("order 4711 hangs", None, "order 4711 hangs"),
        ("for order 4711", None, "for order 4711"),
        ("\u2014 order hangs", None, "order hangs"),
        ("2h - order -- hangs", 2 * HOUR, "order -- hangs"),
        ("2h ask <@U123|bob>", 2 * HOUR, "ask <@U123|bob>"),
    ],
)
def test_the_word_after_the_target_is_the_time_and_the_rest_the_reason(
    text: str, ttl: timedelta | None, reason: str
) -> None:
    assert (asked(text).ttl, asked(text).reason) == (ttl, reason)


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("from 10.1.2.3", sources("10.1.2.3"), ""),
        ("FROM 10.1.2.3,10.1.2.9 why", sources("10.1.2.3", "10.1.2.9"), "why"),
        ("from 10.1.2.3, 10.1.2.9, why", sources("10.1.2.3", "10.1.2.9"), "why"),
        ("from 10.1.2.3 , 10.1.2.9", sources("10.1.2.3", "10.1.2.9"), ""),
        ("from 10.1.2.3 and 10.1.2.9", sources("10.1.2.3", "10.1.2.9"), ""),
        ("from 10.0.0.0/8, order hangs", sources("10.0.0.0/8"), "order hangs"),
        ("from fd00::1,[fd00::2]", sources("fd00::1", "fd00::2"), ""),
        ("from <http://10.1.2.3|10.1.2.3>", sources("10.1.2.3"), ""),
        ("from the office", None, "from the office"),
        ("from 2h", None, "from 2h"),
    ],
)
def test_from_and_an_address_are_sources_and_from_the_office_is_a_reason(
    text: str, expected: Sources | None, reason: str
) -> None:
    assert (asked(text).sources, asked(text).reason) == (expected, reason)


def test_time_and_sources_come_in_either_order() -> None:
    assert asked("2h from 10.1.2.3 why") == asked("from 10.1.2.3 2h why") == asked("from 10.1.2.3, 2h why")


@pytest.mark.parametrize(
    ("text", "problem", "example"),
    [
        ("2", "2h or 2m?", "2h"),
        ("0h", "no time at all", "30m"),
        ("-2h why", "negative", "2h why"),
        ("1.5h", "not a duration", "2h"),
        ("2x why", "not a duration", "2h why"),
        ("--force", "negative", "2h"),
        ("1h 30", "a part of the time?", "1h30m"),
        ("2h 3h", "two times: 2h and 3h", "2h"),
        ("from 10.1.2.300 why", "'10.1.2.300' is not an address", "from 10.1.2.3 why"),
        ("from 10.1.2.x", "'10.1.2.x' is not an address", "from 10.1.2.3"),
        ("from 10.1.2.3,gw", "'gw' is not an address", "from 10.1.2.3,10.1.2.3"),
        ("from 10.0.0.1/8 2h", "'10.0.0.1/8' is not an address", "from 10.0.0.0/8 2h"),
        ("from gw.example.com", "'gw.example.com' is not an address", "from 10.1.2.3"),
        ("from localhost", "'localhost' is not an address", "from 10.1.2.3"),
        ("from 10.1.2.3:80", "'10.1.2.3:80' is not an address", "from 10.1.2.3"),
        ("from", "from where?", "from 10.1.2.3"),
        ("2h 10.1.2.3", "put from before it", "2h from 10.1.2.3"),
        ("2h from 10.1.2.3 10.1.2.9 why", "put a comma between", "2h from 10.1.2.3,10.1.2.9 why"),
        ("from 10.1.2.3 2h from 10.1.2.9", "two lists of sources", "from 10.1.2.3 2h"),
        ("2h hangs from 10.1.2.3 only", "sources go before the reason", "2h from 10.1.2.3 hangs only"),
    ],
)
def test_what_looks_like_a_time_or_sources_is_never_quietly_a_reason(text: str, problem: str, example: str) -> None:
    error = refused(f"pod payments/api-0 {text}")
    assert problem in error.problem
    assert error.hint == f"/proxy pod payments/api-0 {example}"


def test_a_reason_may_tell_of_addresses_once_the_sources_are_said() -> None:
    assert asked("from 10.1.2.3 calls from 10.9.9.9 hang").reason == "calls from 10.9.9.9 hang"


def test_a_reason_is_bounded() -> None:
    assert asked(f"2h {'x' * LONGEST_REASON}").reason == "x" * LONGEST_REASON
    assert f"{LONGEST_REASON} at most" in refused(f"pod payments/api-0 2h {'x' * (LONGEST_REASON + 1)}").problem
