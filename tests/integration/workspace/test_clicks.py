"""What people click, and the payloads that come of it."""

from typing import Any

import pytest

from bot.workspace import NotPossibleError, Status
from tests.integration.workspace.listening import Listener
from tests.integration.workspace.world import World
from tests.unit.bot.workspace.samples import actions, button, confirm, option, options, select

Json = dict[str, Any]


async def test_a_click_carries_what_slack_documents(world: World, app: Listener) -> None:
    card = await world.card(button(value="m1/1", style="primary"), button("Deny", "deny"))
    answer = await world.bob.click(card, "Approve")
    sent = app.last
    (action,) = sent["actions"]
    assert (sent["type"], sent["user"]["id"], sent["channel"]["id"]) == ("block_actions", world.bob.id, card.channel.id)
    assert sent["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": card.channel.id,
        "is_ephemeral": False,
    }
    assert sent["message"]["blocks"] == list(card.blocks)
    assert (action["action_id"], action["value"], action["style"]) == ("approve", "m1/1", "primary")
    assert action["block_id"] == card.blocks[0]["block_id"]
    assert answer.name == "approve"
    assert app.requests[-1].accepts_response_payload is False


async def test_a_click_in_a_thread_says_which(world: World, app: Listener) -> None:
    ts = await world.post()
    await world.post("warning", thread_ts=ts, blocks=[actions(button("Extend", "extend_0"))])
    await world.alice.click(await world.channel.message("warning"), "Extend")
    assert app.last["container"]["thread_ts"] == ts


async def test_a_click_on_what_only_one_sees_has_no_message(world: World, app: Listener) -> None:
    await world.call(
        "chat.postEphemeral", channel=world.channel.id, user=world.alice.id, text="x", blocks=[actions(button())]
    )
    shown = await world.alice.ephemeral("x")
    await world.alice.click(shown, "approve")
    assert app.last["container"]["is_ephemeral"] is True
    assert "message" not in app.last
    with pytest.raises(NotPossibleError, match="bob does not see that message"):
        await world.bob.click(shown, "approve")


async def test_a_stale_click_is_made_on_an_older_version(world: World, app: Listener) -> None:
    card = await world.card(button("Extend", "extend_0", value="m1/1"))
    for value in ("m1/2", None):
        blocks = [actions(button("Extend", "extend_0", value=value))] if value else []
        await world.call("chat.update", channel=card.channel.id, ts=card.ts, text="x", blocks=blocks)
    await world.alice.click(card, "Extend", version=0)
    assert app.last["actions"][0]["value"] == "m1/1"
    await world.alice.click(card, "Extend", version=1)
    assert app.last["actions"][0]["value"] == "m1/2"
    with pytest.raises(NotPossibleError, match="there is nothing"):
        await world.alice.click(card, "Extend")
    with pytest.raises(NotPossibleError, match="3 versions"):
        await world.alice.click(card, "Extend", version=7)


async def test_a_forged_click_carries_another_value(world: World, app: Listener) -> None:
    card = await world.card(button(value="m1/1"), select(options=options(2)))
    await world.alice.click(card, "Approve", value="m2/9")
    assert app.last["actions"][0]["value"] == "m2/9"
    await world.alice.click(card, "pick", option="1", value="m3/9")
    assert app.last["actions"][0]["selected_option"]["value"] == "m3/9"


async def test_a_choice_stays_chosen(world: World, app: Listener) -> None:
    card = await world.card(select(options=[option("1 h", "1h"), option("2 h", "2h")]), button("Go", "go"))
    await world.alice.click(card, "pick", option="2 h")
    await world.alice.click(card, "Go")
    held = app.last["state"]["values"][card.blocks[0]["block_id"]]["pick"]
    assert (held["type"], held["selected_option"]["value"]) == ("static_select", "2h")
    with pytest.raises(NotPossibleError, match="no option '3 h'"):
        await world.alice.click(card, "pick", option="3 h")


async def test_a_confirm_dialog_comes_first(world: World, app: Listener) -> None:
    card = await world.card(button("Close", "close", confirm=confirm()))
    answer = await world.alice.click(card, "Close", confirm=False)
    assert (answer.outcome.status, answer.shown, app.requests) == (Status.CANCELLED, None, [])
    answer = await world.alice.click(card, "Close")
    assert answer.confirmed == card.blocks[0]["elements"][0]["confirm"]
    assert len(app.requests) == 1


async def test_the_very_same_click_can_come_twice(world: World, app: Listener) -> None:
    await world.alice.click(await world.card(), "Approve", times=2)
    first, second = (request.payload for request in app.requests)
    assert first == second
