"""Who there is, who belongs together, and where they talk."""

from typing import Any

import pytest

from bot.workspace import Settings, Workspace
from tests.integration.workspace.world import World, world_in

Args = dict[str, Any]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("member", {}),
        ("guest", {"is_restricted": True}),
        ("ultra_guest", {"is_restricted": True, "is_ultra_restricted": True}),
        ("bot", {"is_bot": True}),
        ("deleted", {"deleted": True, "is_restricted": None, "is_ultra_restricted": None}),
        ("stranger", {"is_stranger": True}),
    ],
)
async def test_users_info_tells_what_somebody_is(kind: str, told: Args, world: World) -> None:
    person = world.workspace.add_user("carol", kind=kind)
    user = (await world.client.users_info(user=person.id))["user"]
    usual: Args = {"deleted": False, "is_bot": False, "is_restricted": False, "is_ultra_restricted": False}
    assert {name: user.get(name) for name in {*usual, *told}} == {**usual, **told}
    assert (user["team_id"] == world.workspace.team_id) is (kind != "stranger")


async def test_a_stranger_in_one_of_our_channels_is_called_none(world: World) -> None:
    stranger = world.workspace.add_user("eve", kind="stranger")
    world.channel.members.add(stranger.id)
    user = (await world.client.users_info(user=stranger.id))["user"]
    assert user["is_stranger"] is False
    assert user["team_id"] != world.workspace.team_id
    assert (await world.client.conversations_info(channel=world.channel.id))["channel"]["is_ext_shared"] is True


async def test_somebody_may_become_something_else(world: World) -> None:
    world.workspace.change_user(world.bob, "deleted")
    assert (await world.client.users_info(user=world.bob.id))["user"]["deleted"] is True


async def test_addresses_are_told_with_their_scope_only() -> None:
    async with Workspace(Settings(scopes=["users:read"])) as workspace:
        world = world_in(workspace)
        assert "email" not in (await world.client.users_info(user=world.alice.id))["user"]["profile"]


async def test_groups_have_members_unless_they_are_disabled(world: World) -> None:
    group = world.workspace.add_group("sre", members=[world.bob])
    assert (await world.client.usergroups_users_list(usergroup=group.id))["users"] == [world.bob.id]
    listed = (await world.client.usergroups_list(include_users=True))["usergroups"]
    assert [(each["handle"], each["users"]) for each in listed] == [("sre", [world.bob.id])]
    group.disabled = True
    assert await world.error("usergroups.users.list", usergroup=group.id) == "no_such_subteam"
    assert (await world.client.usergroups_list())["usergroups"] == []


async def test_lists_come_in_pages(world: World) -> None:
    seen: list[str] = []
    async for page in await world.client.users_list(limit=2):
        assert len(page["members"]) <= 2
        seen += [user["name"] for user in page["members"]]
    assert seen == ["pod-proxier", "alice", "bob"]


async def test_channels_are_listed_as_far_as_the_app_may_look(world: World) -> None:
    world.place("private"), world.place("archived")
    inside = world.workspace.add_channel("inside", private=True)
    listed = await world.client.conversations_list(types=["public_channel", "private_channel"], exclude_archived=True)
    assert [channel["name"] for channel in listed["channels"]] == ["payments", "inside"]
    members = await world.client.conversations_members(channel=inside.id)
    assert members["members"] == [world.workspace.app_user_id]


async def test_a_dm_is_the_same_each_time(world: World) -> None:
    first = await world.client.conversations_open(users=[world.alice.id])
    again = await world.client.conversations_open(users=[world.alice.id], return_im=True)
    assert first["channel"]["id"].startswith("D")
    assert (again["channel"]["id"], again["already_open"]) == (first["channel"]["id"], True)
    assert again["channel"]["user"] == world.alice.id
    await world.client.chat_postMessage(channel=first["channel"]["id"], text="hello")
    assert (await world.alice.dm()).text == "hello"
