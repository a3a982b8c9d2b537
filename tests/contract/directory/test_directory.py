import pytest

from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, Standing, TeamId, UserId
from tests.contract.directory.towns import Town


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.CLIENT])
async def test_what_somebody_is_to_the_workspace_is_known(town: Town, standing: Standing) -> None:
    alice = town.somebody("alice", standing=standing)
    assert await town.directory.profile(alice, []) == Profile(alice, standing)


async def test_of_the_groups_asked_about_those_count_that_somebody_is_in(town: Town) -> None:
    oncall, staff, others, unasked = (town.group(handle) for handle in ("oncall", "staff", "others", "unasked"))
    alice = town.somebody("alice", oncall, staff, unasked)
    profile = await town.directory.profile(alice, [oncall, staff, others, oncall])
    assert profile == Profile(alice, Standing.MEMBER, frozenset({oncall, staff}))


async def test_a_group_whose_members_cannot_be_learned_is_unknown(town: Town) -> None:
    hidden, staff = town.group("hidden"), town.group("staff")
    alice = town.somebody("alice", hidden, staff)
    town.hide(hidden)
    profile = await town.directory.profile(alice, [hidden, staff])
    assert profile == Profile(alice, Standing.MEMBER, frozenset({staff}), frozenset({hidden}))


async def test_somebody_of_another_workspace_is_a_stranger_whatever_their_id(town: Town) -> None:
    alice = town.somebody("alice")
    namesake = Person(TeamId("T-elsewhere"), alice.user)
    assert await town.directory.profile(namesake, []) == Profile(namesake, Standing.STRANGER)


async def test_whom_nobody_has_heard_of_is_a_stranger(town: Town) -> None:
    nobody = Person(town.somebody("alice").team, UserId("U0NOBODY"))
    assert (await town.directory.profile(nobody, [])).standing is Standing.STRANGER


async def test_nothing_is_said_of_anybody_while_the_workspace_does_not_answer(town: Town) -> None:
    alice = town.somebody("alice")
    town.fall_silent()
    with pytest.raises(DirectoryUnreachable):
        await town.directory.profile(alice, [GroupId("S1")])


@pytest.mark.parametrize(
    ("standing", "there"), [(s, s is Standing.MEMBER) for s in Standing if s is not Standing.CLIENT]
)
async def test_only_a_full_member_is_anybody(town: Town, standing: Standing, there: bool) -> None:  # noqa: FBT001 - a table's column
    staff = town.group("staff")
    alice, bob = town.somebody("alice", standing=standing), town.somebody("bob", staff, standing=standing)
    assert await town.directory.anybody([alice.user], []) is there
    assert await town.directory.anybody([], [staff]) is there
    assert await town.directory.anybody([alice.user, bob.user], [staff], but=[alice.user, bob.user]) is False


async def test_nobody_at_all_is_not_anybody(town: Town) -> None:
    assert await town.directory.anybody([], []) is False
    assert await town.directory.anybody([], [town.group("empty")]) is False


async def test_of_a_group_whose_members_cannot_be_learned_it_is_not_known(town: Town) -> None:
    hidden = town.group("hidden")
    town.hide(hidden)
    alice = town.somebody("alice")
    assert await town.directory.anybody([], [hidden]) is None
    assert await town.directory.anybody([alice.user], [hidden]) is True


async def test_whether_anybody_is_there_is_not_said_while_the_workspace_does_not_answer(town: Town) -> None:
    alice = town.somebody("alice")
    town.fall_silent()
    with pytest.raises(DirectoryUnreachable):
        await town.directory.anybody([alice.user], [])
