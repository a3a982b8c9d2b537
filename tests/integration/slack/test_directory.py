import asyncio
from datetime import timedelta

import pytest

from bot.slack.directory import SlackDirectory
from bot.slack.webapi.client import Slack
from bot.workspace import Kind, Workspace
from bot.workspace import Person as Somebody
from core.adapters.memory.clock import ManualClock
from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, Standing, TeamId, UserId


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def directory(slack: Slack, workspace: Workspace, clock: ManualClock) -> SlackDirectory:
    return SlackDirectory(slack, TeamId(workspace.team_id), clock)


@pytest.fixture
def alice(workspace: Workspace) -> Somebody:
    return workspace.add_user("alice")


def person(somebody: Somebody, workspace: Workspace) -> Person:
    return Person(TeamId(workspace.team_id), UserId(somebody.id))


def group(workspace: Workspace, handle: str, *members: Somebody) -> GroupId:
    return GroupId(workspace.add_group(handle, members=members).id)


async def test_somebody_is_known_with_the_groups_that_were_asked_about(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody
) -> None:
    oncall, staff, unasked = (group(workspace, handle, alice) for handle in ("oncall", "staff", "unasked"))
    empty = group(workspace, "empty")
    who = person(alice, workspace)
    assert await directory.profile(who, [oncall, staff, empty]) == Profile(
        who, Standing.MEMBER, frozenset({oncall, staff})
    )
    assert unasked not in {call.args["usergroup"] for call in workspace.calls.of("usergroups.users.list")}


@pytest.mark.parametrize(
    ("kind", "standing"),
    [
        (Kind.MEMBER, Standing.MEMBER),
        (Kind.GUEST, Standing.GUEST),
        (Kind.ULTRA_GUEST, Standing.GUEST),
        (Kind.BOT, Standing.BOT),
        (Kind.DELETED, Standing.DEACTIVATED),
        (Kind.STRANGER, Standing.STRANGER),
    ],
)
async def test_what_somebody_is_to_the_workspace_is_told(
    directory: SlackDirectory, workspace: Workspace, kind: Kind, standing: Standing
) -> None:
    somebody = workspace.add_user("somebody", kind=kind)
    workspace.add_channel("shared", members=[somebody])
    assert (await directory.profile(person(somebody, workspace), [])).standing is standing


async def test_nobody_asks_slack_about_people_of_other_workspaces(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody
) -> None:
    elsewhere = Person(TeamId("T0"), UserId(alice.id))
    assert await directory.profile(elsewhere, [GroupId("S1")]) == Profile(elsewhere, Standing.STRANGER)
    assert not workspace.calls.all()


async def test_whom_slack_does_not_know_is_a_stranger(directory: SlackDirectory, workspace: Workspace) -> None:
    nobody = Person(TeamId(workspace.team_id), UserId("U0"))
    assert (await directory.profile(nobody, [])).standing is Standing.STRANGER


async def test_the_same_question_is_asked_once_a_minute_however_many_ask(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody, clock: ManualClock
) -> None:
    oncall, who = group(workspace, "oncall", alice), person(alice, workspace)
    await asyncio.gather(*(directory.profile(who, [oncall]) for _ in range(5)))
    await directory.profile(who, [oncall])
    assert len(workspace.calls.all()) == 2
    clock.advance(timedelta(seconds=61))
    await directory.profile(who, [oncall])
    assert len(workspace.calls.all()) == 4


async def test_what_slack_says_has_changed_is_looked_up_anew(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody
) -> None:
    oncall, who = workspace.add_group("oncall", members=[alice]), person(alice, workspace)
    await directory.profile(who, [GroupId(oncall.id)])
    oncall.members = []
    workspace.change_user(alice, Kind.GUEST)
    directory.forget_group(GroupId(oncall.id))
    directory.forget_user(who.user)
    assert await directory.profile(who, [GroupId(oncall.id)]) == Profile(who, Standing.GUEST)


async def test_nothing_is_known_of_anybody_while_slack_is_away(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody
) -> None:
    workspace.begin_outage()
    with pytest.raises(DirectoryUnreachable):
        await directory.profile(person(alice, workspace), [GroupId("S1")])


@pytest.mark.parametrize("code", ["missing_scope", "no_such_subteam", "internal_error", "token_revoked"])
async def test_a_group_that_cannot_be_read_is_unknown(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody, code: str
) -> None:
    oncall, staff = group(workspace, "oncall", alice), group(workspace, "staff", alice)
    who = person(alice, workspace)
    await directory.profile(who, [staff])
    workspace.faults.fail("usergroups.users.list", code, times=2)
    profile = await directory.profile(who, [oncall, staff])
    assert profile == Profile(who, Standing.MEMBER, frozenset({staff}), frozenset({oncall}))


async def test_a_limit_leaves_a_group_as_it_was_for_five_minutes_and_then_unknown(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody, clock: ManualClock
) -> None:
    oncall, who = group(workspace, "oncall", alice), person(alice, workspace)
    await directory.profile(who, [oncall])
    workspace.faults.rate_limit("usergroups.users.list", times=2)
    clock.advance(timedelta(minutes=5))
    assert (await directory.profile(who, [oncall])).groups == {oncall}
    clock.advance(timedelta(seconds=1))
    assert (await directory.profile(who, [oncall])).unknown_groups == {oncall}


async def test_a_limit_says_nothing_about_a_group_that_was_never_read(
    directory: SlackDirectory, workspace: Workspace, alice: Somebody
) -> None:
    workspace.faults.rate_limit("usergroups.users.list")
    profile = await directory.profile(person(alice, workspace), [group(workspace, "oncall", alice)])
    assert (profile.groups, len(profile.unknown_groups)) == (frozenset(), 1)
