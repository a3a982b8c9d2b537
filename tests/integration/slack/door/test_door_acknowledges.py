"""Whatever hangs, Slack hears within a second that a delivery was taken."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack import buttons
from bot.slack.door import SlackDoor
from bot.slack.settings import SlackSettings
from bot.workspace import Answer, Outcome, Workspace
from bot.workspace.delivery.parcels import Parcel, ParcelKind
from bot.workspace.wire import JsonObject
from tests.integration.slack.door.house import House

A_SECOND = 1.0


@pytest.fixture
def settings(settings: SlackSettings) -> SlackSettings:
    return replace(settings, deadline=timedelta(milliseconds=300))


async def test_with_the_cluster_hanging(door: SlackDoor, house: House) -> None:
    house.cluster.hang()
    typed = await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel)
    assert in_time(typed)
    assert not typed.replies
    house.cluster.recover()
    await typed.reply("api-0")
    assert door.connected


@pytest.mark.usefixtures("door")
async def test_with_the_database_hanging(house: House) -> None:
    mapping = await house.requested()
    card = await house.draw(mapping)
    async with house.storage.turn:
        typed = await house.alice.command("/proxy", "list all", channel=house.channel)
        clicked = await house.bob.click(card, buttons.APPROVE)
        assert in_time(typed)
        assert in_time(clicked)
        assert not typed.replies + clicked.replies
    await typed.reply()
    await clicked.reply()


@pytest.mark.usefixtures("door")
async def test_with_slack_itself_hanging(house: House, workspace: Workspace) -> None:
    card = await house.draw(await house.requested())
    workspace.faults.hang("*", 60.0, times=100)
    assert in_time(await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel))
    assert in_time(await house.bob.click(card, buttons.APPROVE))


@pytest.mark.usefixtures("door")
async def test_slack_is_asked_nothing_before_it_has_its_acknowledgement(house: House, workspace: Workspace) -> None:
    before = len(workspace.calls.all())
    house.cluster.hang()
    assert in_time(await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel))
    assert len(workspace.calls.all()) == before
    house.cluster.recover()


@pytest.mark.usefixtures("door")
async def test_a_hundred_commands_at_once(house: House) -> None:
    house.cluster.hang()
    for _ in range(100):
        assert in_time(await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel))
    house.cluster.recover()


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "view_submission", "view": {"callback_id": "some_view", "type": "modal"}},
        {"type": "view_closed", "view": {"callback_id": "some_view", "type": "modal"}},
        {"type": "shortcut", "callback_id": "some_shortcut"},
        {"type": "block_suggestion", "action_id": "some_menu", "block_id": "b", "value": ""},
        {"type": "what_slack_will_think_of_next"},
        {"type": "block_actions", "actions": [{"action_id": "approve"}]},
        {},
    ],
)
@pytest.mark.usefixtures("door")
async def test_what_nobody_listens_to(workspace: Workspace, payload: JsonObject) -> None:
    assert (await delivered(workspace, ParcelKind.INTERACTIVE, payload)).acked


@pytest.fixture
async def quietly(workspace: Workspace) -> AsyncIterator[None]:
    yield
    assert not workspace.state.timeline


@pytest.mark.usefixtures("door", "quietly")
async def test_events_that_nobody_listens_to(workspace: Workspace, house: House) -> None:
    for event in ({"type": "app_home_opened", "user": house.alice.id, "tab": "home"}, {"type": "reaction_added"}):
        assert (await workspace.emit(event)).acked


def in_time(answer: Answer) -> bool:
    return answer.acked and answer.latency < A_SECOND


async def delivered(workspace: Workspace, kind: ParcelKind, payload: JsonObject) -> Outcome:
    return await workspace.courier.deliver(Parcel(kind, payload, workspace.clock.time()))
