from dataclasses import replace

import pytest

from core.domain.people import Client, GroupId, Requester, Standing
from core.domain.policy import ANYONE, NOBODY, ApproverSet, Policy, Principals
from core.services.access import Who
from core.services.reaching import unreachable_for
from tests.unit.core.samples import ALICE, BOB, DAVE, POLICY, RULE, SRE, ask, operators
from tests.unit.core.services.town import Town

HIDDEN = GroupId("SHIDDEN")
BY_SRE = Principals(groups=frozenset({SRE}))


@pytest.mark.parametrize(
    ("approvers", "asker", "unreachable"),
    [
        (ANYONE, ALICE, None),
        (NOBODY, ALICE, ""),
        (operators(ALICE), ALICE, ""),
        (operators(ALICE), Client("ci"), None),
        (operators(ALICE, BOB), ALICE, None),
        (BY_SRE, ALICE, None),
        (BY_SRE, DAVE, ""),  # the only one in the group
        (Principals(groups=frozenset({GroupId("SEMPTY")})), ALICE, ""),
        (Principals(groups=frozenset({HIDDEN})), ALICE, None),  # not known, which is not nobody
    ],
)
async def test_nobody_can_be_reached_where_nobody_but_the_asker_is_left(
    town: Town, approvers: Principals, asker: Requester, unreachable: str | None
) -> None:
    town.directory.unreadable.add(HIDDEN)
    assert await unreachable_for(replace(RULE, approvers=approvers), asker, town.directory) == unreachable


@pytest.mark.parametrize("standing", [Standing.DEACTIVATED, Standing.GUEST])
async def test_whoever_is_no_full_member_any_more_cannot_be_reached(town: Town, standing: Standing) -> None:
    town.directory.add(BOB, standing=standing)
    assert await unreachable_for(replace(RULE, approvers=operators(BOB)), ALICE, town.directory) == ""


async def test_a_set_of_which_nobody_is_left_is_named(town: Town) -> None:
    sets = ApproverSet("owners", operators(ALICE)), ApproverSet("ops", BY_SRE)
    rule = replace(RULE, approvers=operators(ALICE) | BY_SRE, approver_sets=sets)
    assert await unreachable_for(rule, ALICE, town.directory) == "owners"
    assert await unreachable_for(rule, BOB, town.directory) is None


async def test_a_workspace_that_does_not_answer_is_not_nobody(town: Town) -> None:
    town.directory.reachable = False
    assert await unreachable_for(replace(RULE, approvers=NOBODY), ALICE, town.directory) is None


async def test_where_no_approval_is_needed_nobody_is_looked_for(town: Town) -> None:
    assert await unreachable_for(replace(RULE, approvals=0, approvers=NOBODY), ALICE, town.directory) is None


async def test_a_request_keeps_that_nobody_can_be_reached(town: Town) -> None:
    town.policy = Policy((replace(RULE, approvers=NOBODY),), POLICY.operators)
    made = await town.access.request(ask(), Who(ALICE), None)
    assert made.mapping.unreachable == ""
