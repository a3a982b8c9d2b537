from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.domain.mapping import Mapping, Place
from core.domain.notices import card
from core.domain.people import Client, Profile, Standing
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import PRIVATE_NETWORKS, Policy, PortSet, ProbeMode, Rule
from core.domain.refusals import (
    NamespaceNotAllowed,
    NoSourceByIpv4,
    NotAMember,
    PodUnusable,
    PortNotAllowed,
    PortUnclear,
    ReasonRequired,
    SourceNotPermitted,
    SourceRequired,
    TtlTooLong,
)
from core.domain.request import Ask, Wish, admit, check_terms, near_names, near_pods, request, settle_port
from core.domain.sources import Sources
from core.domain.states import Event, State
from core.domain.target import Kind, PodUid, Target
from core.domain.ticket import Ticket
from tests.unit.core.samples import (
    ALICE,
    BOB,
    HOUR,
    MINUTE,
    NOW,
    POLICY,
    RULE,
    ask,
    closing,
    opened,
    operators,
    pod,
    profile,
    requested,
)

TICKET = Ticket("OPS-[0-9]+", "OPS-1")
USUAL = ("debug", "jprofiler_port")


def asked(wish: Ask | None = None, there: Pod | None = None, rule: Rule = RULE) -> Mapping:
    return request(wish or ask(), there or pod(), Place("C1"), ALICE, rule, USUAL, NOW).mapping


# -- who may ask for what ---------------------------------------------------------------------------------------------


def test_whoever_the_rule_names_may_ask() -> None:
    assert admit(profile(ALICE), POLICY, "payments") is RULE


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
def test_nobody_but_members_may_ask(standing: Standing) -> None:
    with pytest.raises(NotAMember, match=standing):
        admit(profile(ALICE, standing=standing), POLICY, "payments")


def test_a_namespace_without_a_rule_is_refused_with_those_that_are_near() -> None:
    with pytest.raises(NamespaceNotAllowed) as raised:
        admit(profile(ALICE), POLICY, "payment")
    assert raised.value.near == ("payments",)
    assert raised.value.hint == "did you mean payments?"


def test_a_namespace_of_others_is_refused_with_who_could() -> None:
    rule = replace(RULE, requesters=operators(BOB))
    with pytest.raises(NamespaceNotAllowed) as raised:
        admit(profile(ALICE), Policy((rule,)), "payments")
    assert raised.value.could == rule.requesters


def test_a_program_is_told_how_a_rule_names_it() -> None:
    with pytest.raises(NamespaceNotAllowed) as raised:
        admit(Profile(Client("ci"), Standing.CLIENT), POLICY, "payments")
    assert raised.value.hint == "a rule has to name the token: requesters: {tokens: [ci]}"


def test_only_namespaces_that_one_may_ask_for_are_suggested() -> None:
    hidden = Rule(("payments-secret",), requesters=operators(BOB))
    glob = Rule(("pay*",))
    with pytest.raises(NamespaceNotAllowed) as raised:
        admit(profile(ALICE), Policy((hidden, replace(glob, namespaces=("pays",)))), "payments")
    assert raised.value.near == ("pays",)


def test_names_that_begin_alike_are_suggested_before_those_that_are_spelled_alike() -> None:
    assert near_names("api", ["xapi", "api-1", "api-0", "db"]) == ["api-0", "api-1", "xapi"]
    assert near_names("api-0-old", ["api-0", "zzz"]) == ["api-0"]
    assert near_names("api", [f"api-{n}" for n in range(9)]) == ["api-0", "api-1", "api-2"]
    assert near_names("paymnets", ["payments", "search"]) == ["payments"]
    assert near_names("api", []) == []


def test_among_thousands_only_those_beside_it_in_the_alphabet_are_compared() -> None:
    many = [f"svc-{n:04}-api" for n in range(3_000)]
    assert "svc-1500-api" in near_names("svc-1500-apo", many)
    assert "zsvc-1500-apo" in near_names("svc-1500-apo", [*many[1_450:1_550], "zsvc-1500-apo"])
    assert "zsvc-1500-apo" not in near_names("svc-1500-apo", [*many, "zsvc-1500-apo"])
    assert near_names("zzz-api", many) == near_names("zzz-api", many[-200:])


def test_of_many_pods_the_ready_ones_are_suggested() -> None:
    pods = [pod(f"api-{n}", ready=n > 6) for n in range(9)]
    assert [near.ref.name for near in near_pods("api", pods)] == ["api-7", "api-8"]


def test_where_no_pod_near_is_ready_others_are_suggested_but_none_that_is_over() -> None:
    pods = [pod("api-0", ready=False), pod("api-1", ready=False, phase=Phase.FAILED), pod("db-0")]
    assert [near.ref.name for near in near_pods("api", pods)] == ["api-0"]


# -- which port -------------------------------------------------------------------------------------------------------

DEBUG, HTTP, AGENT = ContainerPort(5005, "debug"), ContainerPort(8080, "http"), ContainerPort(8849, "jprofiler-port")


@pytest.mark.parametrize(
    ("port", "ports", "found"),
    [
        (None, (HTTP, DEBUG), DEBUG),
        (None, (HTTP, AGENT, DEBUG), DEBUG),
        (None, (HTTP, AGENT), AGENT),
        (None, (HTTP,), HTTP),
        (8080, (HTTP, DEBUG), HTTP),
        (9999, (HTTP,), ContainerPort(9999)),
        (9999, (), ContainerPort(9999)),
        ("http", (HTTP, DEBUG), HTTP),
    ],
    ids=[
        "a usual name",
        "the first of the usual names",
        "another usual name, with an underscore in the setting",
        "the only one",
        "a number that is declared",
        "a number that is not",
        "a number of a pod that declares none",
        "a name",
    ],
)
def test_the_port_that_is_meant_is_found(
    port: int | str | None, ports: tuple[ContainerPort, ...], found: ContainerPort
) -> None:
    assert settle_port(Target(Kind.POD, "payments", "api-0", port), pod(ports=ports), USUAL) == found


@pytest.mark.parametrize(
    ("port", "ports", "words"),
    [
        (None, (HTTP, ContainerPort(9090)), "has several ports: 8080 \\(http\\) and 9090"),
        (None, (), "declares no port"),
        ("grpc", (HTTP, DEBUG), "no port named 'grpc'; its ports: 8080 \\(http\\) and 5005 \\(debug\\)"),
        ("grpc", (), "its ports: none"),
    ],
)
def test_where_the_port_is_unclear_those_there_are_are_carried(
    port: str | None, ports: tuple[ContainerPort, ...], words: str
) -> None:
    with pytest.raises(PortUnclear, match=words) as raised:
        settle_port(Target(Kind.POD, "payments", "api-0", port), pod(ports=ports), USUAL)
    assert raised.value.ports == ports


def test_a_rule_that_names_ports_admits_no_others() -> None:
    rule = replace(RULE, ports=PortSet(frozenset({"debug"}), ((9000, 9009),)))
    assert asked(ask("payments/api-0:debug"), rule=rule).target.port == 5005
    assert asked(ask("payments/api-0:9001"), rule=rule).target.port == 9001
    with pytest.raises(PortNotAllowed, match="allowed: debug, 9000-9009"):
        asked(ask("payments/api-0:http"), rule=rule)


# -- a pod that can be reached, and may be -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"deleting": True}, "is being deleted"),
        ({"phase": Phase.PENDING}, "is not running; its phase is Pending"),
        ({"phase": Phase.SUCCEEDED}, "is not running"),
        ({"address": None}, "has no address yet"),
        ({"host_network": True}, "uses the node's network"),
    ],
    ids=str,
)
def test_a_pod_that_cannot_be_reached_is_refused_with_the_reason(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(PodUnusable, match=why):
        asked(there=pod(**changes))


def test_a_pod_on_the_node_s_network_is_reached_where_the_rule_allows_it() -> None:
    assert asked(there=pod(host_network=True), rule=replace(RULE, host_network=True)).endpoint


def test_a_pod_that_is_not_ready_may_be_debugged_all_the_same() -> None:
    assert asked(there=pod(ready=False)).endpoint.uid == "uid-of-api-0"


# -- time and sources -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ttl", "rule", "given"),
    [
        (30 * MINUTE, RULE, 30 * MINUTE),
        (2 * HOUR, RULE, 2 * HOUR),
        (None, RULE, HOUR),
        (None, replace(RULE, default_ttl=5 * HOUR), 2 * HOUR),
        (None, replace(RULE, max_lifetime=MINUTE), MINUTE),
    ],
)
def test_time_is_settled_by_the_rule(ttl: timedelta | None, rule: Rule, given: timedelta) -> None:
    assert check_terms(ask(ttl=ttl), rule)[0] == given


@pytest.mark.parametrize("rule", [replace(RULE, max_ttl=HOUR), replace(RULE, max_lifetime=HOUR)])
def test_more_time_than_the_rule_gives_is_refused_with_the_most_it_does(rule: Rule) -> None:
    with pytest.raises(TtlTooLong, match="1h1s is longer than the 1h") as raised:
        check_terms(ask(ttl=HOUR + timedelta(seconds=1)), rule)
    assert raised.value.hint == "1h"


def test_without_sources_everybody_whom_the_rule_permits_may_connect() -> None:
    assert asked().sources == PRIVATE_NETWORKS


def test_with_sources_only_those_may() -> None:
    assert asked(ask(sources="10.1.2.3")).sources == Sources.parse("10.1.2.3")


def test_a_rule_may_demand_to_know_from_where() -> None:
    rule = replace(RULE, source_required=True)
    with pytest.raises(SourceRequired, match="payments") as raised:
        asked(rule=rule)
    assert raised.value.hint == "from 10.1.2.3"
    assert asked(ask(sources="10.1.2.3"), rule=rule)


@pytest.mark.parametrize("sources", ["8.8.8.8", "10.1.2.3,8.8.8.8", "0.0.0.0/0"])
def test_sources_outside_of_the_rule_s_are_refused(sources: str) -> None:
    with pytest.raises(SourceNotPermitted) as raised:
        asked(ask(sources=sources))
    assert raised.value.permitted == PRIVATE_NETWORKS


@pytest.mark.parametrize(
    ("reason", "rule", "would_do"),
    [
        (" ", replace(RULE, reason_required=True), "order 4711 hangs"),
        ("", replace(RULE, reason_required=True, ticket=TICKET), "order 4711 hangs OPS-1"),
        ("it hangs", replace(RULE, reason_required=True, ticket=TICKET), "it hangs OPS-1"),
        ("it hangs", replace(RULE, ticket=TICKET), "it hangs OPS-1"),
    ],
)
def test_a_rule_may_demand_to_know_why(reason: str, rule: Rule, would_do: str) -> None:
    with pytest.raises(ReasonRequired) as raised:
        check_terms(replace(ask(), reason=reason), rule)
    assert raised.value.reason == would_do
    check_terms(replace(ask(), reason=would_do), rule)


def test_a_ticket_may_be_left_out_together_with_the_reason() -> None:
    check_terms(replace(ask(), reason=""), replace(RULE, ticket=TICKET))


def test_a_ticket_in_an_address_is_nothing_but_a_ticket() -> None:
    ticket = Ticket(".+", "OPS-1", "https://tickets.example.com/{ticket}/show")
    assert ticket.address("../?a=<b>|c") == "https://tickets.example.com/..%2F%3Fa%3D%3Cb%3E%7Cc/show"
    assert (TICKET.named_in("see OPS-42, OPS-43"), TICKET.address("OPS-42")) == ("OPS-42", "")


def test_sources_of_which_nobody_could_call_by_ipv4_are_refused() -> None:
    with pytest.raises(NoSourceByIpv4, match="fc00::1"):
        asked(ask(sources="fc00::1"))
    assert asked(ask(sources="fc00::1,10.1.2.3"))


# -- the request ------------------------------------------------------------------------------------------------------


def test_a_request_waits_for_its_decision_and_binds_the_pod_s_uid() -> None:
    decision = request(ask(), pod(), Place("C1"), ALICE, RULE, USUAL, NOW)
    mapping = decision.mapping
    assert (decision.event, decision.before, decision.actor, decision.notices) == (
        Event.REQUEST,
        None,
        ALICE,
        (card(1),),
    )
    assert (mapping.state, mapping.version, mapping.terms) == (State.REQUESTED, 1, 1)
    assert (mapping.endpoint.uid, mapping.pending_until) == ("uid-of-api-0", NOW + RULE.pending_ttl)
    assert (mapping.port, mapping.expires_at) == (None, None)
    assert decision.detail["uid"] == "uid-of-api-0"


@pytest.mark.parametrize(
    ("rule", "channel"),
    [
        (replace(RULE, approvers_channel="C9"), "C9"),
        (replace(RULE, approvers_channel="C9", approvals=0), None),
        (replace(RULE, approvers_channel="C9", approvals=0, extension_approvals=1), "C9"),
    ],
    ids=["to be decided", "nothing to decide", "extensions to be decided"],
)
def test_the_approvers_channel_gets_a_copy_where_there_is_something_to_decide(rule: Rule, channel: str | None) -> None:
    assert asked(rule=rule).approvers_channel == channel


@pytest.mark.parametrize(
    ("target", "rule", "tried"),
    [
        ("payments/api-0:http", RULE, True),
        ("payments/api-0:9999", RULE, True),
        ("payments/api-0:debug", RULE, False),
        ("payments/api-0:5005", RULE, False),
        ("payments/api-0:debug", replace(RULE, probe=ProbeMode.CONNECT), True),
        ("payments/api-0:http", replace(RULE, probe=ProbeMode.NONE), False),
    ],
)
def test_whether_the_port_is_tried_hangs_on_rule_and_name(target: str, rule: Rule, tried: bool) -> None:  # noqa: FBT001 - a table's column
    assert asked(ask(target), rule=rule).probe is tried


# -- the same wish ----------------------------------------------------------------------------------------------------

WISH = Wish(ALICE, Target(Kind.POD, "payments", "api-0", 5005), PodUid("uid-of-api-0"), PRIVATE_NETWORKS)


def test_a_wish_is_met_by_what_waits_or_is_open_already() -> None:
    assert WISH.is_met_by(requested(), NOW)
    assert WISH.is_met_by(opened(), NOW)


@pytest.mark.parametrize(
    "other",
    [
        {"requester": BOB},
        {"target": Target(Kind.POD, "payments", "api-0", 8080)},
        {"uid": PodUid("another incarnation")},
        {"sources": Sources.parse("10.1.2.3")},
    ],
    ids=str,
)
def test_another_wish_is_not(other: dict[str, Any]) -> None:
    assert not replace(WISH, **other).is_met_by(opened(), NOW)


def test_a_wish_is_not_met_by_what_is_over_or_about_to_be() -> None:
    assert not WISH.is_met_by(closing(), NOW)
    assert not WISH.is_met_by(replace(requested(), state=State.DENIED), NOW)
    assert not WISH.is_met_by(opened(), NOW + HOUR)
