from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.domain.agreeing import Missing, missing
from core.domain.deciding import approve
from core.domain.mapping import Mapping, Vote
from core.domain.people import GroupId, Person
from core.domain.policy import ApproverSet, Principals, Rule
from core.domain.refusals import OthersHaveTo
from core.domain.states import Event, State
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, NOW, RULE, SRE, operators, pod, profile, requested, room

SECURITY = GroupId("SSECURITY")


def named(*people: Person) -> ApproverSet:
    return ApproverSet("named", operators(*people))


def group(name: GroupId) -> ApproverSet:
    return ApproverSet(name.lower(), Principals(groups=frozenset({name})))


def rule(approvals: int, *sets: ApproverSet) -> Rule:
    return replace(RULE, approvals=approvals, approver_sets=sets)


BOTH = rule(2, group(SRE), group(SECURITY))


def agree(mapping: Mapping, who: Person, *groups: GroupId, by: Rule = BOTH) -> Mapping:
    return approve(mapping, profile(who, *groups), None, pod(), room(by), NOW).mapping


@pytest.mark.parametrize(
    ("approvals", "sets", "voters", "left"),
    [
        (2, [], [], 2),
        (2, [], [BOB], 1),
        (1, [], [BOB, CAROL], 0),
        (2, [named(BOB), named(CAROL)], [], 2),
        (1, [named(BOB), named(CAROL)], [], 2),  # nobody is of both
        (1, [named(BOB, DAVE), named(CAROL, DAVE)], [], 1),  # Dave is
        (1, [named(BOB, DAVE), named(CAROL, DAVE)], [BOB], 1),
        (1, [named(BOB, ALICE), named(CAROL, ALICE)], [], 2),  # Alice asks
        (1, [named(BOB), group(SRE)], [], 1),  # Bob may be in the group
        (1, [group(SECURITY), group(SRE)], [], 1),  # somebody may be in both
        (1, [named(ALICE), named(BOB)], [BOB], 1),  # nobody is left for the first
        (3, [named(BOB), named(CAROL)], [BOB], 2),
    ],
)
def test_it_takes_as_many_people_as_can_stand_for_all_sets(
    approvals: int, sets: Sequence[ApproverSet], voters: Sequence[Person], left: int
) -> None:
    votes = [Vote(voter, NOW) for voter in voters]
    assert missing(rule(approvals, *sets), votes, ALICE).approvals == left


def test_the_sets_that_are_missing_are_named() -> None:
    owners, security = named(BOB), group(SECURITY)
    assert missing(rule(2, owners, security), [Vote(BOB, NOW)], ALICE) == Missing(1, (security,))
    assert missing(rule(2, owners, security), [Vote(DAVE, NOW, frozenset({SECURITY}))], ALICE).sets == (owners,)


def test_two_of_one_set_do_not_stand_for_the_other() -> None:
    once = agree(requested(), BOB, SRE)
    with pytest.raises(OthersHaveTo) as raised:
        agree(once, DAVE, SRE)
    assert raised.value.sets == (group(SECURITY),)
    assert agree(once, DAVE, SECURITY).state is State.APPROVED


def test_one_person_may_stand_for_several_sets_and_counts_once() -> None:
    once = agree(requested(), BOB, SRE, SECURITY)
    assert (once.state, once.votes[0].groups) == (State.REQUESTED, frozenset({SRE, SECURITY}))
    assert agree(once, DAVE).state is State.APPROVED


def test_who_is_of_no_set_is_counted_while_there_is_room() -> None:
    three = rule(3, group(SRE), group(SECURITY))
    once = agree(requested(), BOB, by=three)
    with pytest.raises(OthersHaveTo):
        agree(once, DAVE, by=rule(2, group(SRE)))
    with pytest.raises(OthersHaveTo):
        agree(agree(once, CAROL, by=three), DAVE, by=rule(3, named(ALICE), group(SRE)))


def test_a_set_that_the_rule_wants_by_now_is_waited_for() -> None:
    once = agree(requested(), BOB, by=rule(2))
    now = rule(1, group(SRE))
    assert missing(now, once.votes, ALICE) == Missing(1, (group(SRE),))
    decision = approve(once, profile(DAVE, SRE), None, pod(), room(now), NOW)
    assert decision.event is Event.GRANT
