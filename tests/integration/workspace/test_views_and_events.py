"""Modals, homes, shortcuts, and what the app hears of as an event."""

from typing import Any

import pytest

from bot.workspace import NotPossibleError
from tests.integration.workspace.listening import Listener, listening
from tests.integration.workspace.world import World
from tests.unit.bot.workspace.samples import actions, button, home, modal, options, plain, section, text_input

Json = dict[str, Any]


async def test_a_modal_is_opened_filled_in_refused_and_submitted(world: World) -> None:
    def answer(request: Any) -> Json:
        if request.payload.get("type") != "view_submission":
            return {}
        typed = request.payload["view"]["state"]["values"]["name"]["typed"]["value"]
        return {"response_action": "errors", "errors": {"name": "too short"}} if len(typed) < 3 else {}

    async with listening(world, answer) as app:
        trigger = (await world.alice.command("/proxy", channel=world.channel)).trigger_id
        view = modal(text_input(), submit=plain("Save"), callback_id="ask", notify_on_close=True)
        shown = await world.call("views.open", trigger_id=trigger, view=view)
        assert await world.error("views.open", trigger_id=trigger, view=view) == "exchanged_trigger_id"
        top = await world.alice.modal("Save")
        assert top.id == shown["view"]["id"]
        with pytest.raises(NotPossibleError, match="'Name' is required"):
            await world.alice.submit(top)
        await world.alice.submit(top, {"Name": "al"})
        assert "! too short" in world.alice.reads(top)
        assert (await world.alice.submit(top, {"Name": "alice"})).acked
        assert world.alice.top_modal is None
        assert app.last["view"]["callback_id"] == "ask"


@pytest.mark.usefixtures("app")
async def test_a_trigger_id_is_too_old_after_three_seconds(world: World) -> None:
    trigger = (await world.alice.command("/proxy", channel=world.channel)).trigger_id
    world.workspace.clock.advance(3.1)
    assert await world.error("views.open", trigger_id=trigger, view=modal()) == "expired_trigger_id"


async def test_modals_are_pushed_updated_and_closed(world: World, app: Listener) -> None:
    trigger = (await world.alice.command("/proxy", channel=world.channel)).trigger_id
    view = modal(actions(button("More", "more")), notify_on_close=True, external_id="mine")
    await world.call("views.open", trigger_id=trigger, view=view)
    root = await world.alice.modal("More")
    inner = (await world.alice.click(root, "More")).trigger_id
    await world.call("views.push", trigger_id=inner, view=modal(section("deeper")))
    await world.alice.modal("deeper")
    await world.call("views.update", external_id="mine", view=modal(section("changed")), hash=root.hash)
    stale = {"external_id": "mine", "view": modal(), "hash": "old"}
    assert await world.error("views.update", **stale) == "not_found"  # the update took the external id away
    assert await world.error("views.update", view_id=root.id, view=modal(), hash="old") == "hash_conflict"
    top = world.alice.top_modal
    assert top is not None
    assert await world.alice.dismiss(top) is None
    assert world.alice.top_modal is root
    assert app.requests[-1].payload["type"] == "block_actions"


async def test_a_person_opens_their_home(world: World, app: Listener) -> None:
    await world.alice.opens_home()
    assert app.last["event"]["type"] == "app_home_opened"
    await world.call("views.publish", user_id=world.alice.id, view=home(actions(button("Extend", "extend_0"))))
    await world.alice.click(await world.alice.home("Extend"), "Extend")
    assert app.last["container"]["type"] == "view"
    assert "response_url" not in app.last


async def test_an_external_menu_asks_the_app_while_one_types(world: World) -> None:
    async with listening(world, lambda _: {"options": options(3)}) as app:
        card = await world.card({"type": "external_select", "action_id": "pod", "placeholder": plain("Pod")})
        offered = await world.alice.suggest(card, "Pod", "pay")
        assert [each["value"] for each in offered] == ["0", "1", "2"]
        assert (app.last["type"], app.last["value"]) == ("block_suggestion", "pay")


async def test_shortcuts_carry_their_callback_id_and_their_message(world: World, app: Listener) -> None:
    await world.alice.shortcut("ask")
    assert (app.last["type"], app.last["callback_id"]) == ("shortcut", "ask")
    await world.alice.shortcut("ask", message=await world.card())
    assert (app.last["type"], app.last["message"]["text"]) == ("message_action", "card")


async def test_the_app_hears_that_it_was_invited(world: World, app: Listener) -> None:
    channel = world.workspace.add_channel("secret", members=[world.alice], bot=False, private=True)
    assert (await world.alice.invites_app(channel)).acked
    event = app.last["event"]
    assert (event["type"], event["user"]) == ("member_joined_channel", world.workspace.app_user_id)
    assert (event["channel"], event["channel_type"], event["inviter"]) == (channel.id, "G", world.alice.id)
    assert await world.error("chat.postMessage", channel=channel.id, text="x") is None


async def test_the_app_hears_who_joined_and_left_a_group(world: World, app: Listener) -> None:
    group = world.workspace.add_group("sre", members=[world.alice])
    await world.workspace.set_members(group, [world.bob])
    event = app.last["event"]
    assert (event["type"], event["subteam_id"]) == ("subteam_members_changed", group.id)
    assert (event["added_users"], event["removed_users"]) == ([world.bob.id], [world.alice.id])


async def test_the_app_hears_what_is_said_to_it_and_nothing_else(world: World, app: Listener) -> None:
    await world.alice.says("hello all", channel=world.channel)
    await world.alice.says("hello @pod-proxier", channel=world.channel)
    await world.alice.says("hello you", channel=world.alice.app_dm)
    assert [request.payload["event"]["type"] for request in app.requests] == ["app_mention", "message"]


SUBMITTED: dict[str, tuple[Json, str | None, list[str]]] = {
    "nothing": ({}, None, []),
    "clear": ({"response_action": "clear"}, None, []),
    "update": ({"response_action": "update", "view": modal(section("next"))}, None, ["next"]),
    "push": ({"response_action": "push", "view": modal(section("deeper"))}, None, ["deeper"]),
    "errors for no field": ({"response_action": "errors", "errors": {"x": "no"}}, "invalid_errors", ["Save"]),
    "an unknown action": ({"response_action": "shout"}, "invalid_response_action", ["Save"]),
    "a view that is none": ({"response_action": "update", "view": {}}, "invalid_arguments", ["Save"]),
}


@pytest.mark.parametrize(("answer", "refused", "shown"), SUBMITTED.values(), ids=SUBMITTED)
async def test_a_submission_is_answered_with(answer: Json, refused: str | None, shown: list[str], world: World) -> None:
    async with listening(world, lambda request: answer if "view" in request.payload else {}):
        trigger = (await world.alice.command("/proxy", channel=world.channel)).trigger_id
        await world.call("views.open", trigger_id=trigger, view=modal(submit=plain("Save")))
        submitted = await world.alice.submit(await world.alice.modal("Save"))
    top = world.alice.top_modal
    assert submitted.refused == refused
    assert [words for words in shown if top and words in world.alice.reads(top)] == shown
    assert bool(top) is bool(shown)


async def test_a_modal_that_asked_for_it_is_told_that_it_was_closed(world: World, app: Listener) -> None:
    trigger = (await world.alice.command("/proxy", channel=world.channel)).trigger_id
    await world.call("views.open", trigger_id=trigger, view=modal(notify_on_close=True))
    await world.alice.dismiss(await world.alice.modal(), all_of_them=True)
    assert (app.last["type"], app.last["is_cleared"]) == ("view_closed", True)
    assert "trigger_id" not in app.last
