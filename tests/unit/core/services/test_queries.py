from dataclasses import replace

import pytest

from core.domain.errors import DirectoryUnreachable
from core.domain.mapping import Reference
from core.domain.people import Client, Standing
from core.domain.policy import Policy, Principals, Rule
from core.domain.refusals import NotAMember
from core.interfaces import Filter
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, POLICY, RULE, SRE, operators
from tests.unit.core.services.town import Town

CI = Client("ci")
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


# -- pages ------------------------------------------------------------------------------------------------------------


async def test_a_page_has_what_is_over_too_and_says_what_follows(town: Town) -> None:
    over, waiting = await town.request(), await town.request("payments/db-0:5005")
    await town.close(over)
    first = await town.queries.page(ALICE, Filter(), 1)
    assert [row.mapping.id for row in first.rows] == [waiting.id]
    rest = await town.queries.page(ALICE, Filter(), 1, first.next)
    assert ([row.mapping.id for row in rest.rows], rest.next) == ([over.id], None)


async def test_a_page_hides_from_people_what_the_list_hides_and_nothing_from_programs(town: Town) -> None:
    town.policy = Policy((CLOSED_SHOP,), POLICY.operators)
    mapping = await town.request()
    hidden = {str(v): [r.hidden for r in (await town.queries.page(v, Filter())).rows] for v in (ALICE, BOB, CI)}
    assert list(hidden.values()) == [[False], [True], [False]]
    assert (await town.queries.one(BOB, Reference(mapping_id=mapping.id))).hidden
    assert not (await town.queries.one(CI, Reference(mapping_id=mapping.id))).hidden


@pytest.mark.parametrize(
    "wanted", [Filter(namespace="payments"), Filter(name="api-0"), Filter(requester=ALICE)], ids=str
)
async def test_what_is_hidden_is_not_found_by_what_it_hides(town: Town, wanted: Filter) -> None:
    town.policy = Policy((CLOSED_SHOP,), POLICY.operators)
    await town.request()
    assert len((await town.queries.page(DAVE, wanted)).rows) == 1
    assert (await town.queries.page(BOB, wanted)).rows == []
    assert len((await town.queries.page(BOB, Filter(live=True))).rows) == 1


async def test_nor_does_what_follows_tell_of_it(town: Town) -> None:
    """The id of a hidden mapping as the next page's beginning would tell that there is one."""
    own = await town.request(who=BOB)
    town.policy = Policy((CLOSED_SHOP,), POLICY.operators)
    for _ in range(3):
        await town.close(await town.request())
    wanted = Filter(name="api-0")
    for limit in (1, 2):
        page = await town.queries.page(BOB, wanted, limit)
        assert ([row.mapping.id for row in page.rows], page.next) == ([own.id], None)
    first = await town.queries.page(DAVE, wanted, 3)
    assert len(first.rows) == 3
    assert [row.mapping.id for row in (await town.queries.page(DAVE, wanted, 3, first.next)).rows] == [own.id]


async def test_a_stranger_sees_no_page(town: Town) -> None:
    town.directory.add(BOB, standing=Standing.GUEST)
    with pytest.raises(NotAMember):
        await town.queries.page(BOB, Filter())
