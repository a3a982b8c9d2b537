from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.people import Client, GroupId, Profile, Standing, UserId
from core.domain.policy import ANYONE, NOBODY, Policy, PortSet, Principals, ProbeMode, Rule
from tests.unit.core.samples import ALICE, BOB, CAROL, SRE, operators, profile

SOME = Principals(users=frozenset({BOB.user}), groups=frozenset({SRE}))


def test_somebody_is_included_by_name_by_group_or_as_anyone() -> None:
    assert SOME.includes(profile(BOB))
    assert SOME.includes(profile(ALICE, SRE))
    assert not SOME.includes(profile(ALICE))
    assert ANYONE.includes(profile(ALICE))
    assert not NOBODY.includes(profile(ALICE))


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
def test_nobody_but_a_full_member_is_ever_included(standing: Standing) -> None:
    for principals in (SOME, ANYONE):
        assert not principals.includes(profile(BOB, SRE, standing=standing))
        assert not principals.may_include(profile(BOB, SRE, standing=standing))


def test_a_program_is_included_by_its_name_alone() -> None:
    ci = Profile(Client("ci"), Standing.CLIENT)
    named = Principals(clients=frozenset({"ci"}))
    assert named.includes(ci)
    assert named.may_include(ci)
    for others in (ANYONE, NOBODY, SOME, Principals(frozenset({UserId("ci")}), anyone=True)):
        assert not others.includes(ci)
        assert not others.may_include(ci)
    assert not named.includes(profile(BOB))
    assert not named.includes(Profile(Client("ci"), Standing.MEMBER))


def test_a_door_may_vouch_for_an_operator() -> None:
    policy = Policy((), operators(BOB))
    assert policy.is_operator(profile(BOB))
    assert not policy.is_operator(profile(ALICE))
    assert policy.is_operator(replace(profile(ALICE), operator=True))
    assert policy.may_be_operator(Profile(Client("ci"), Standing.CLIENT, operator=True))


def test_a_group_that_could_not_be_read_includes_nobody_and_may_include_anybody() -> None:
    unknown = replace(profile(ALICE), unknown_groups=frozenset({SRE}))
    assert not SOME.includes(unknown)
    assert SOME.may_include(unknown)
    assert not operators(BOB).may_include(unknown)


@pytest.mark.parametrize(
    ("globs", "namespace", "covered"),
    [
        (("payments",), "payments", True),
        (("payments",), "payments-db", False),
        (("pay*",), "payments", True),
        (("team-?",), "team-a", True),
        (("team-[ab]",), "team-c", False),
        (("a", "b"), "b", True),
        (("*",), "kube-system", True),
        ((), "payments", False),
    ],
)
def test_a_rule_covers_what_its_globs_match(globs: tuple[str, ...], namespace: str, covered: bool) -> None:  # noqa: FBT001 - a table's column
    assert Rule(globs).covers(namespace) is covered


def test_the_first_rule_that_covers_a_namespace_counts() -> None:
    first, second = Rule(("payments",), approvals=2), Rule(("*",), approvals=0)
    policy = Policy((first, second))
    assert policy.rule_for("payments") is first
    assert policy.rule_for("search") is second


def test_no_match_means_no() -> None:
    policy = Policy((Rule(("payments",)),))
    assert policy.rule_for("search") is None
    assert not policy.may_request(profile(ALICE), "search")
    nothing = policy.rule_or_nothing("search")
    assert not nothing.approvers.includes(profile(BOB))
    assert (nothing.max_ttl, nothing.max_lifetime, nothing.extend_by) == (timedelta(), timedelta(), ())


def test_the_first_rule_counts_even_where_it_lets_somebody_else_ask() -> None:
    policy = Policy((Rule(("payments",), requesters=SOME), Rule(("*",))))
    assert policy.may_request(profile(BOB), "payments")
    assert not policy.may_request(profile(ALICE), "payments")


def test_every_group_that_a_decision_may_hang_on_is_named() -> None:
    ops, ask, decide = (Principals(groups=frozenset({GroupId(name)})) for name in ("S1", "S2", "S3"))
    assert Policy((Rule(("*",), requesters=ask, approvers=decide),), ops).groups() == {"S1", "S2", "S3"}
    assert not Policy(()).groups()


@pytest.mark.parametrize(
    ("number", "name", "admitted"),
    [
        (5005, "debug", True),
        (5005, "", False),
        (80, "", True),
        (8080, "http", True),
        (8090, "", True),
        (8091, "", False),
        (22, "ssh", False),
    ],
)
def test_ports_are_admitted_by_name_or_number(number: int, name: str, admitted: bool) -> None:  # noqa: FBT001 - a table's column
    assert PortSet(frozenset({"debug"}), ((80, 80), (8080, 8090))).admits(number, name) is admitted


def test_a_port_set_is_written_for_people() -> None:
    assert str(PortSet(frozenset({"debug", "agent"}), ((80, 80), (8080, 8090)))) == "agent, debug, 80, 8080-8090"


@pytest.mark.parametrize(
    ("probe", "name", "tried"),
    [
        (None, "http", True),
        (None, "", True),
        (None, "debug", False),
        (None, "jprofiler-port", False),
        (ProbeMode.CONNECT, "debug", True),
        (ProbeMode.NONE, "http", False),
    ],
)
def test_debug_ports_are_not_tried_unless_the_rule_says_so(probe: ProbeMode | None, name: str, tried: bool) -> None:  # noqa: FBT001 - a table's column
    assert Rule(("*",), probe=probe).probes(name, ("debug", "jprofiler")) is tried


def test_what_holds_where_a_rule_says_nothing() -> None:
    rule = Rule(("default",))
    assert (rule.approvals, rule.default_ttl, rule.max_ttl) == (1, timedelta(hours=1), timedelta(hours=3))
    assert rule.requesters.includes(profile(CAROL))
    assert not rule.host_network
    assert not rule.source_required
