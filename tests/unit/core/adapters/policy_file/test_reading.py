from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from core.adapters.policy_file import BadPolicy, default_policy, load_policy, parse_policy
from core.domain.people import GroupId, UserId
from core.domain.policy import (
    ANYONE,
    NOBODY,
    PRIVATE_NETWORKS,
    ApproverSet,
    Policy,
    PortSet,
    Principals,
    ProbeMode,
    Rule,
)
from core.domain.sources import Sources
from core.domain.ticket import Ticket
from core.marked_yaml import Spot

PATH = Path("policy.yaml")
ROOT = Path(__file__).parents[5]
LEAST = "rules:\n  - namespaces: [payments]\n"


def rule(*lines: str) -> Rule:
    [read] = parse_policy(LEAST + "".join(f"    {line}\n" for line in lines), PATH).rules
    return read


def mistake(text: str) -> BadPolicy:
    with pytest.raises(BadPolicy) as caught:
        parse_policy(text, PATH)
    return caught.value


def minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


def test_the_least_there_can_be_is_namespaces() -> None:
    assert parse_policy(LEAST, PATH) == Policy((Rule(("payments",)),), NOBODY)


def test_every_key_finds_its_way_into_the_rule() -> None:
    assert rule(
        "requesters: {users: [U024BE7LH], groups: [S0614TZR7], tokens: [ci, night.build], anyone: true}",
        "approvers: {users: [W024BE7LH]}",
        "approvals: 2",
        "approvers_channel: C024BE91L",
        "mention: '@here'",
        "ports: [debug, jprofiler_tcp, 5005, 5000-5010]",
        "source: required",
        "sources: [10.1.2.3, 10.8.0.0/16, 'fd00::/8']",
        "host_network: true",
        "probe: none",
        "default_ttl: 20 min",
        "max_ttl: 1h30m",
        "max_lifetime: 1d",
        "pending_ttl: 90s",
        "remind_after: 30s",
        "sensitive: true",
        "warn_before: 5m",
        "extend_by: [15m, 45m]",
        "extension_approvals: 1",
        "max_open: 2",
        "max_open_per_namespace: 6",
        "enforce_on_open: true",
    ) == Rule(
        namespaces=("payments",),
        requesters=Principals(
            frozenset({UserId("U024BE7LH")}), frozenset({GroupId("S0614TZR7")}), True, frozenset({"ci", "night.build"})
        ),
        approvers=Principals(frozenset({"W024BE7LH"})),  # type: ignore[arg-type]  # NewTypes
        approvals=2,
        approvers_channel="C024BE91L",
        mention="here",
        ports=PortSet(frozenset({"debug", "jprofiler-tcp"}), ((5000, 5010), (5005, 5005))),
        source_required=True,
        sources=Sources.of(ip_network(cidr) for cidr in ("10.1.2.3/32", "10.8.0.0/16", "fd00::/8")),
        host_network=True,
        probe=ProbeMode.NONE,
        default_ttl=timedelta(minutes=20),
        max_ttl=timedelta(minutes=90),
        max_lifetime=timedelta(days=1),
        pending_ttl=timedelta(seconds=90),
        remind_after=timedelta(seconds=30),
        sensitive=True,
        warn_before=timedelta(minutes=5),
        extend_by=minutes(15, 45),
        extension_approvals=1,
        max_open=2,
        max_open_per_namespace=6,
        enforce_on_open=True,
    )


def test_what_is_left_out_is_as_the_issue_says() -> None:
    read = rule()
    assert (read.requesters, read.approvers, read.approvals) == (ANYONE, ANYONE, 1)
    assert (read.ports, read.sources, read.source_required) == (None, PRIVATE_NETWORKS, False)
    assert (read.host_network, read.probe, read.warn_before) == (False, None, None)


@pytest.mark.parametrize(
    ("line", "default_ttl", "max_ttl", "max_lifetime", "extend_by"),
    [
        ("approvals: 1", 60, 180, 180, minutes(30, 60)),
        ("max_ttl: 40m", 40, 40, 40, minutes(30)),
        ("max_ttl: 10m", 10, 10, 10, minutes(10)),
        ("max_ttl: 8h", 60, 480, 480, minutes(30, 60)),
        ("max_lifetime: 2h", 60, 120, 120, minutes(30, 60)),
        ("max_lifetime: 1d", 60, 180, 1440, minutes(30, 60)),
        ("extend_by: []", 60, 180, 180, ()),
    ],
)
def test_times_that_are_left_out_follow_those_that_are_there(
    line: str, default_ttl: int, max_ttl: int, max_lifetime: int, extend_by: tuple[timedelta, ...]
) -> None:
    read = rule(line)
    assert (read.default_ttl, read.max_ttl, read.max_lifetime) == minutes(default_ttl, max_ttl, max_lifetime)
    assert read.extend_by == extend_by


def test_a_warning_can_be_switched_off() -> None:
    assert rule("warn_before: none").warn_before == timedelta()


def test_nobody_is_a_thing_to_say_on_purpose() -> None:
    assert rule("requesters: {users: []}").requesters == NOBODY


def test_a_program_that_may_ask_lets_no_person_ask() -> None:
    assert rule("requesters: {tokens: [ci]}").requesters == Principals(clients=frozenset({"ci"}))


def test_only_a_rule_that_says_so_is_the_previous_services() -> None:
    assert rule("v1: true").v1
    assert not rule("v1: false").v1
    assert default_policy(("default",), timedelta(hours=3), v1=True).rules[0].v1
    assert not default_policy(("default",), timedelta(hours=3)).rules[0].v1


def test_a_word_that_yaml_would_take_for_a_truth_value_stays_a_word() -> None:
    [read] = parse_policy("rules: [{namespaces: [on, no, 010]}]", PATH).rules
    assert read.namespaces == ("on", "no", "010")


def test_lines_can_be_shared_between_rules() -> None:
    text = "rules:\n  - &base\n    namespaces: [a]\n    approvals: 2\n  - {<<: *base, namespaces: [b]}\n"
    assert [(r.namespaces, r.approvals) for r in parse_policy(text, PATH).rules] == [(("a",), 2), (("b",), 2)]


def test_operators_are_nobody_unless_they_are_named() -> None:
    assert parse_policy(LEAST, PATH).operators == NOBODY
    named = parse_policy(f"operators: {{groups: [S0614TZR7]}}\n{LEAST}", PATH).operators
    assert named.groups == {"S0614TZR7"}
    assert not named.anyone


@pytest.mark.parametrize(
    ("line", "column", "words", "example"),
    [
        ("approvals: two", 5, "not a number", "approvals: 1"),
        ("approvals: -1", 5, "approvals", "approvals: 1"),
        ("aprovals: 1", 5, "did you mean approvals?", "approvals: 1"),
        ("colour: red", 5, "there is no key 'colour' here", "rules: [{namespaces: [payments]}]"),
        ("approvers:", 5, "approvers: nothing is written behind it", "approvers: {groups: [S0614TZR7]}"),
        ("approvers: {}", 5, "neither users nor groups", "approvers: {groups: [S0614TZR7]}"),
        ("approvers: {user: [U024BE7LH]}", 17, "did you mean users?", "users: [U024BE7LH]"),
        ("approvers: {tokens: [ci]}", 17, "there is no key 'tokens' here", "approvers: {groups: [S0614TZR7]}"),
        ("requesters: {tokens: [c i]}", 27, "'c i' is not the name of a token", "tokens: [ci]"),
        ("requesters: {token: [ci]}", 18, "did you mean tokens?", "tokens: [ci]"),
        ("v1: maybe", 5, "v1: it is neither true nor false", "v1: false"),
        ("approvers: {users: [bob]}", 25, "'bob' is not the id of a user; Slack shows it in", "users: [U024BE7LH]"),
        ("approvers: {groups: [U024BE7LH]}", 26, "is not the id of a group; Slack shows", "groups: [S0614TZR7]"),
        ("approvers_channel: '#ops'", 5, "'#ops' is not the id of a channel", "approvers_channel: C024BE91L"),
        ("mention: here", 5, "goes with approvers_channel", "approvers_channel: C024BE91L"),
        ("mention: bob", 5, "'bob' is neither", "mention: here"),
        ("ports: debug", 5, "a list belongs here", "ports: [debug, 5005, 8000-8010]"),
        ("ports: []", 5, "it is empty", "ports: [debug, 5005, 8000-8010]"),
        ("ports: [debug, 70000]", 20, "port 70000 is not between", "ports: [debug, 5005, 8000-8010]"),
        ("ports: [10-5]", 13, "is not a range", "ports: [debug, 5005, 8000-8010]"),
        ("ports: [10-x]", 13, "is not a range", "ports: [debug, 5005, 8000-8010]"),
        ("source: maybe", 5, "'required' or 'optional'", "source: required"),
        ("sources: [10.1.2.3/8]", 15, "did you mean 10.0.0.0/8?", "sources: [10.8.0.0/16]"),
        ("sources: ['10.1.2.3,10.1.2.4']", 15, "more than one", "sources: [10.8.0.0/16]"),
        ("sources: [office]", 15, "'office' is not an address", "sources: [10.8.0.0/16]"),
        ("sources: ['fc00::/7']", 5, "by IPv4 alone", "sources: [10.8.0.0/16]"),
        ("sources: []", 5, "it is empty", "sources: [10.8.0.0/16]"),
        ("host_network: perhaps", 5, "neither true nor false", "host_network: false"),
        ("probe: icmp", 5, "'connect' or 'none'", "probe: none"),
        ("max_ttl: 5", 5, "'5' has no unit: 5h or 5m?", "max_ttl: 3h"),
        ("max_ttl: 0s", 5, "no time at all", "max_ttl: 3h"),
        ("max_ttl: [3h]", 5, "one value belongs here", "max_ttl: 3h"),
        ("default_ttl: 5h", 5, "5h is longer than max_ttl, which is 3h", "max_ttl: 5h"),
        ("extend_by: [5h]", 5, "5h is longer than max_ttl, which is 3h", "max_ttl: 5h"),
        ("extend_by: 1h", 5, "a list belongs here", "extend_by: [30m, 1h]"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_right(line: str, column: int, words: str, example: str) -> None:
    found = mistake(f"{LEAST}    {line}\n")
    assert found.spot == Spot(3, column)
    assert words in str(found)
    assert found.hint == example
    assert str(found).startswith(f"the policy policy.yaml, line 3, column {column}: ")


def test_the_previous_services_api_cannot_say_from_where() -> None:
    found = mistake("rules: [{namespaces: [a], source: required, v1: true}]")
    assert (found.spot, found.hint) == (Spot(1, 45), "v1: false")
    assert "cannot say from where" in str(found)


def test_a_request_cannot_be_longer_than_a_life() -> None:
    found = mistake("rules: [{namespaces: [a], max_ttl: 2h, max_lifetime: 1h}]")
    assert (found.spot, found.hint) == (Spot(1, 27), "max_lifetime: 2h")
    assert "2h is longer than max_lifetime, which is 1h" in str(found)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "says nothing"),
        ("# nothing yet\n", None, "says nothing"),
        ("rules:\n", 1, "rules: nothing is written behind it"),
        ("rules: everything", 1, "a list belongs here"),
        ("operators: {users: []}", 1, "rules: it is missing"),
        ("- namespaces: [a]", 1, "keys belong here"),
        ("rules:\n  - payments", 2, "keys belong here"),
        ("rules:\n  - approvals: 1", 2, "namespaces: it is missing"),
        ("rules:\n  - namespaces: []", 2, "it is empty"),
        ("rules:\n  - namespaces: [Pay_ments]", 2, "neither a namespace nor a pattern"),
        ("rules:\n  - namespaces: [a\n", 3, "expected"),
        ("rules:\n  - namespaces: [a]\n    approvals: 1\n    approvals: 2", 4, "'approvals' is there twice"),
        ("operaters: {users: []}\nrules: []", 1, "did you mean operators?"),
        ("rules: []\nrules: []", 2, "'rules' is there twice"),
        ("rules: [*nobody]", 1, "undefined alias"),
        ("rules: \x00", None, "special characters"),
    ],
)
def test_a_file_that_is_no_policy_says_so(text: str, line: int | None, words: str) -> None:
    found = mistake(text)
    assert (found.spot.line if found.spot else None) == line
    assert words in str(found)


def test_the_first_of_several_mistakes_is_told_and_how_many_follow() -> None:
    found = mistake("rules:\n  - namespaces: [a]\n    probe: x\n    approvals: y\n  - {}\n")
    assert found.spot is not None
    assert found.spot.line == 3
    assert "(2 more further down)" in str(found)


def test_a_file_that_is_not_there_says_so() -> None:
    with pytest.raises(BadPolicy, match=r"the policy /nowhere/policy\.yaml: cannot be read: No such file"):
        load_policy(Path("/nowhere/policy.yaml"))


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadPolicy, match="is not UTF-8 text"):
        load_policy(tmp_path / "policy.yaml")


def test_the_example_is_a_policy_that_demands_a_source_for_production() -> None:
    policy = load_policy(ROOT / "policy.example.yaml")
    production = policy.rule_for("prod-eu")
    assert production is not None
    assert production.source_required
    assert not production.approvers.anyone
    assert policy.rule_for("kube-system") == policy.rules[0]
    assert policy.rules[0].requesters == NOBODY
    assert policy.rule_for("elsewhere") is None


def test_without_a_file_some_namespaces_are_open_with_one_approval() -> None:
    policy = default_policy(("default", "team-a"), timedelta(hours=3))
    assert policy == Policy((Rule(("default", "team-a")),))


def test_without_a_file_nothing_is_longer_than_the_longest_mapping() -> None:
    [only] = default_policy(("default",), timedelta(minutes=20)).rules
    assert {only.default_ttl, only.max_ttl, only.max_lifetime, *only.extend_by} == {timedelta(minutes=20)}


def test_whoever_is_of_a_set_may_approve() -> None:
    sets = "approver_sets: [{name: security, groups: [S0614TZR7]}, {name: owners, users: [U024BE7LH]}]"
    security, owner = Principals(groups=frozenset({GroupId("S0614TZR7")})), Principals(frozenset({UserId("U024BE7LH")}))
    read = rule(sets)
    assert read.approver_sets == (ApproverSet("security", security), ApproverSet("owners", owner))
    assert (read.approvals, read.approvers) == (2, security | owner)
    others = Principals(frozenset({UserId("U024BE7LJ")}))
    assert rule(sets, "approvers: {users: [U024BE7LJ]}", "approvals: 3").approvers == security | owner | others


@pytest.mark.parametrize(
    ("lines", "key", "example"),
    [
        (
            ["approvals: 1", "approver_sets: [{name: a, users: [U024BE7LH]}, {name: b, users: [U024BE7LJ]}]"],
            "approvals",
            "approvals: 2",
        ),
        (["approvals: 0", "approver_sets: [{name: a, groups: [S0614TZR7]}]"], "approvals", "approvals: 1"),
        (["approver_sets: [{name: nobody, users: []}]"], "nobody is in this set", ""),
        (["approver_sets: [{groups: [S0614TZR7]}]"], "name", "name: security"),
        (["approver_sets: []"], "approver_sets", ""),
        (["approver_sets: [{name: a, grups: [S0614TZR7]}]"], "groups", "groups: [S0614TZR7]"),
        (["approver_sets: [{name: '<!here>', groups: [S0614TZR7]}]"], "name", "name: security"),
    ],
)
def test_sets_that_nobody_could_meet_are_a_mistake(lines: list[str], key: str, example: str) -> None:
    told = mistake(LEAST + "".join(f"    {line}\n" for line in lines))
    assert key in str(told)
    assert example in told.hint


def test_a_ticket_has_an_example_that_it_matches() -> None:
    link = "https://tickets.example.com/browse/{ticket}"
    read = rule(f"ticket: {{pattern: '[A-Z]+-[0-9]+', link: '{link}'}}")
    assert (read.ticket, read.reason_required) == (Ticket("[A-Z]+-[0-9]+", "OPS-4711", link), True)
    read = rule("ticket: {pattern: 'T[0-9]{9}', example: T000000001}", "reason: optional")
    assert (read.ticket, read.reason_required) == (Ticket("T[0-9]{9}", "T000000001"), False)
    assert rule("reason: required").reason_required


@pytest.mark.parametrize(
    ("line", "key", "example"),
    [
        ("ticket: {pattern: 'T[0-9]{9}'}", "example", "example: OPS-4711"),
        ("ticket: {pattern: 'T[0-9]{9}', example: T1}", "example", ""),
        ("ticket: {pattern: '[A-Z'}", "pattern", "pattern: '[A-Z]+-[0-9]+'"),
        ("ticket: {pattern: '[0-9]*'}", "nothing at all", ""),
        ("ticket: {pattern: '([A-Z]+)+-1'}", "for ever", ""),
        ("ticket: {pattern: '[0-9]+', link: 'http://tickets.example.com/{ticket}'}", "https", "https://tickets"),
        ("ticket: {pattern: '[0-9]+', link: 'https://tickets.example.com/'}", "{ticket}", ""),
        ("ticket: {pattern: '[0-9]+', link: 'https://tickets.example.com/{ticket}|x>'}", "link", ""),
    ],
)
def test_a_ticket_that_could_do_harm_is_a_mistake(line: str, key: str, example: str) -> None:
    told = mistake(LEAST + f"    {line}\n")
    assert key in str(told)
    assert example in told.hint


def test_whoever_cannot_say_why_is_not_asked_for_it() -> None:
    assert "cannot say why" in str(mistake(LEAST + "    v1: true\n    reason: required\n"))


def test_a_reminder_comes_before_the_lapse() -> None:
    told = mistake(LEAST + "    remind_after: 1h\n")
    assert "remind_after" in str(told)
    assert rule("remind_after: 1h", "pending_ttl: 90m").remind_after == timedelta(hours=1)
