import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.answers import help_text
from bot.slack.blocks.lint import lint
from bot.slack.blocks.permitted import example
from bot.slack.parsing import Request, parse, written
from core.domain.policy import ANYONE, NOBODY, Policy, PortSet, Principals, Rule
from core.domain.request import Ask, check_terms
from core.domain.sources import Sources
from core.services.queries import Help
from tests.golden import moments as at

PORTS = st.none() | st.sampled_from([PortSet(frozenset({"debug"})), PortSet(ranges=((8000, 8010),)), PortSet()])
SPANS = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
RULES = st.builds(
    Rule,
    st.just(("payments",)),
    ports=PORTS,
    source_required=st.booleans(),
    sources=st.sampled_from(["10.0.0.0/8", "192.168.0.0/16", "203.0.113.7", "10.0.0.0/8,fc00::/7"]).map(Sources.parse),
    default_ttl=SPANS,
    max_ttl=SPANS,
    max_lifetime=SPANS,
)


@given(RULES)
def test_the_example_is_a_command_that_the_rule_would_take(rule: Rule) -> None:
    command = parse(written(Request(example("payments", rule))))
    assert isinstance(command, Request)
    ask: Ask = command.ask
    check_terms(ask, rule)
    number = ask.target.port if isinstance(ask.target.port, int) else 0
    name = ask.target.port if isinstance(ask.target.port, str) else ""
    assert ask.target.port is None or rule.ports is None or rule.ports.admits(number, name)


@pytest.mark.parametrize("namespaces", [[], ["payments"], [f"ns-{n}" for n in range(40)]])
def test_every_command_of_the_help_can_be_typed(namespaces: list[str]) -> None:
    shown = help_text(Help(Policy((Rule(tuple(namespaces) or ("*",)),)), namespaces, operator=True), at.ALICE)
    assert lint(shown) == []
    for command in re.findall(r"`(/proxy .*?)`", shown.text):
        parse(command)


@pytest.mark.parametrize(
    ("requesters", "offered"),
    [(ANYONE, True), (Principals(users=frozenset({at.ALICE.user})), True), (NOBODY, False)],
)
def test_patterns_are_shown_to_whom_they_are_for(requesters: Principals, offered: bool) -> None:  # noqa: FBT001 - a case
    policy = Policy((Rule(("team-?",), requesters=requesters),))
    assert ("`team-?`" in help_text(Help(policy, [], operator=False), at.ALICE).text) is offered
