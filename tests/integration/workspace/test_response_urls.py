"""Response URLs: five uses, half an hour, for one or for all."""

from typing import Any

import pytest

from tests.integration.workspace.listening import respond
from tests.integration.workspace.world import World

Json = dict[str, Any]


@pytest.mark.usefixtures("app")
async def test_a_response_url_takes_five_answers_in_half_an_hour(world: World) -> None:
    url = (await world.alice.command("/proxy", channel=world.channel)).response_url
    assert [await respond(url, text=str(n)) for n in range(6)] == [200] * 5 + [404]
    assert (await world.workspace.call("response_url")).error == "used_url"
    url = (await world.alice.command("/proxy", channel=world.channel)).response_url
    world.workspace.clock.advance(30 * 60 + 1)
    assert await respond(url, text="late") == 404
    assert (await world.workspace.call("response_url")).error == "expired_url"
    assert [message.text for message in world.alice.sees(world.channel)] == ["0", "1", "2", "3", "4"]


@pytest.mark.usefixtures("app")
async def test_an_answer_is_for_one_or_for_all(world: World) -> None:
    answer = await world.alice.command("/proxy", channel=world.channel)
    await respond(answer.response_url, text="secret")
    await respond(answer.response_url, text="public", response_type="in_channel")
    assert [message.text for message in world.bob.sees(world.channel)] == ["public"]
    assert [message.text for message in answer.replies] == ["secret", "public"]


@pytest.mark.usefixtures("app")
async def test_an_answer_that_slack_does_not_take_is_refused(world: World) -> None:
    url = (await world.alice.command("/proxy", channel=world.channel)).response_url
    assert await respond(url, text="x", blocks=[{"type": "actions", "elements": []}]) == 400
    assert (await world.workspace.call("response_url")).error == "invalid_blocks"
    world.workspace.faults.fail("response_url", "internal_error")
    assert await respond(url, text="x") == 400


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("said", "left", "new"),
    [
        ({"replace_original": False}, "card", 1),
        ({"replace_original": "false"}, "card", 1),
        ({"replace_original": True}, "answer", 0),
        ({}, "answer", 0),
        ({"delete_original": True}, None, 0),
    ],
)
async def test_the_answer_to_a_click_replaces_its_message_unless_it_says_no(
    said: Json, left: str | None, new: int, world: World
) -> None:
    card = await world.card()
    answer = await world.alice.click(card, "Approve")
    await respond(answer.response_url, text="answer", **said)
    assert (None if card.deleted else card.text) == left
    assert len([message for message in answer.replies if message.ephemeral_to == world.alice.id]) == new
