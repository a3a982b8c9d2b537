from dataclasses import replace

import pytest

from core.domain.errors import DirectoryUnreachable
from core.domain.people import Standing
from core.domain.policy import Policy, Principals, Rule
from core.domain.refusals import NotAMember
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, POLICY, RULE, SRE, operators
from tests.unit.core.services.town import Town

CLOSED_SHOP = replace(RULE, requesters=operators(ALICE), approvers=Principals(groups=frozenset({SRE})))


async def test_one_s_own_list_has_what_is_not_over(town: Town) -> None:
    mine = await town.request()
    over = await town.request("payments/api-1:5005")
    await town.close(over)
    await town.request("payments/db-0:5005", who=BOB)
    assert [row.mapping.id for row in await town.queries.mine(ALICE)] == [mine.id]


async def test_one_s_own_list_needs_no_directory(town: Town) -> None:
    await town.request()
    town.directory.reachable = False
    assert len(await town.queries.mine(ALICE)) == 1
    with pytest.raises(DirectoryUnreachable):
        await town.queries.everything(ALICE)


async def test_the_whole_list_hides_targets_that_are_none_of_the_viewer_s_business(town: Town) -> None:
    town.policy = Policy((CLOSED_SHOP,), POLICY.operators)
    await town.request()
    hidden = {
        viewer.user: [row.hidden for row in await town.queries.everything(viewer)]
        for viewer in (ALICE, BOB, CAROL, DAVE)
    }
    assert hidden == {"UALICE": [False], "UBOB": [True], "UCAROL": [False], "UDAVE": [False]}


async def test_one_s_own_is_shown_even_where_no_rule_is_left(town: Town) -> None:
    await town.request()
    town.policy = Policy(())
    assert [row.hidden for row in await town.queries.everything(ALICE)] == [False]
    assert [row.hidden for row in await town.queries.everything(BOB)] == [True]


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
async def test_nobody_but_members_sees_a_thing(town: Town, standing: Standing) -> None:
    await town.request()
    town.directory.add(BOB, standing=standing)
    for question in (town.queries.everything, town.queries.help):
        with pytest.raises(NotAMember):
            await question(BOB)


async def test_help_names_what_somebody_may_ask_for(town: Town) -> None:
    rules = (CLOSED_SHOP, Rule(("search", "team-*")), Rule(("secret",), requesters=operators(BOB)))
    town.policy = Policy(rules, POLICY.operators)
    of_alice, of_carol = await town.queries.help(ALICE), await town.queries.help(CAROL)
    assert (of_alice.namespaces, of_alice.operator) == (["payments", "search"], False)
    assert (of_carol.namespaces, of_carol.operator) == (["search"], True)
