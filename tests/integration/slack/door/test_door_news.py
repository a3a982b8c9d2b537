"""What Slack tells of its own accord."""

import pytest

from bot.workspace import Workspace
from tests.integration.slack.door.house import House

pytestmark = pytest.mark.usefixtures("door")


async def test_the_bot_hears_that_it_was_invited_and_not_that_others_were(house: House, workspace: Workspace) -> None:
    for user in (house.alice.id, workspace.app_user_id):
        event = {"type": "member_joined_channel", "user": user, "channel": house.channel.id, "team": workspace.team_id}
        assert (await workspace.emit(event)).acked
    await workspace.until(lambda: bool(house.heard))
    assert house.heard == [("invited", house.channel.id)]


async def test_the_bot_hears_that_a_user_or_a_group_changed(house: House, workspace: Workspace) -> None:
    group = workspace.add_group("oncall")
    assert (await workspace.set_members(group, [house.alice])).acked
    assert (await workspace.emit({"type": "user_change", "user": {"id": house.bob.id}})).acked
    await workspace.until(lambda: len(house.heard) == 2)
    assert sorted(house.heard) == [("group", group.id), ("user", house.bob.id)]
