"""What people type, what they cannot do, and what they see."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.workspace import NotPossibleError, NotSeenError, Person
from tests.integration.workspace.listening import Listener, respond
from tests.integration.workspace.world import World
from tests.unit.bot.workspace.samples import button

Json = dict[str, Any]


async def test_a_command_carries_what_slack_documents(world: World, app: Listener) -> None:
    answer = await world.alice.command("/proxy", "for @bob", channel=world.channel)
    sent = app.last
    assert {name: sent[name] for name in ("command", "text", "user_id", "user_name", "channel_id", "team_id")} == {
        "command": "/proxy",
        "text": f"for <@{world.bob.id}|bob>",
        "user_id": world.alice.id,
        "user_name": "alice",
        "channel_id": world.channel.id,
        "team_id": world.workspace.team_id,
    }
    assert sent["response_url"] == answer.response_url
    assert sent["trigger_id"] == answer.trigger_id
    assert all(isinstance(value, str) for value in sent.values())


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (lambda world: world.channel, "payments"),
        (lambda world: world.alice.app_dm, "directmessage"),
        (lambda world: world.workspace.add_dm(world.alice, world.bob), "directmessage"),
        (lambda world: world.workspace.add_dm(world.alice, world.bob, world.workspace.add_user("carol")), "mpdm"),
        (lambda world: world.workspace.add_channel("s", members=[world.alice], private=True), "privategroup"),
    ],
)
async def test_a_command_says_where_it_was_typed(
    where: Callable[[World], Any], name: str, world: World, app: Listener
) -> None:
    await world.alice.command("/proxy", channel=where(world))
    assert app.last["channel_name"] == name


@pytest.mark.usefixtures("app")
async def test_in_a_dm_of_others_the_app_answers_but_cannot_post(world: World) -> None:
    dm = world.workspace.add_dm(world.alice, world.bob)
    answer = await world.alice.command("/proxy", channel=dm)
    assert await world.error("chat.postMessage", channel=dm.id, text="x") == "channel_not_found"
    assert await respond(answer.response_url, text="only for you") == 200
    assert (await answer.reply()).text == "only for you"


async def test_a_strangers_payloads_name_their_own_team(world: World, app: Listener) -> None:
    eve = world.workspace.add_user("eve", kind="stranger")
    world.channel.members.add(eve.id)
    await eve.command("/proxy", channel=world.channel)
    assert app.last["team_id"] == eve.user.team_id != world.workspace.team_id
    await eve.click(await world.card(), "Approve")
    assert app.last["user"]["team_id"] == eve.user.team_id
    assert app.last["team"]["id"] == world.workspace.team_id


async def test_what_the_client_would_not_let_one_do_is_not_sent(world: World, app: Listener) -> None:
    carol, card = world.workspace.add_user("carol"), await world.card(button(), button("Approve", "other"))

    async def refused(attempt: Any, why: str) -> None:
        with pytest.raises(NotPossibleError, match=why):
            await attempt

    await refused(carol.command("/proxy", channel=world.channel), "carol is not in payments")
    await refused(world.alice.command("/other", channel=world.channel), "/other is not a valid command")
    await refused(world.alice.command("/proxy", channel="nowhere"), "alice is not in nowhere")
    await refused(carol.click(card, "Approve"), "carol does not see that message")
    await refused(world.alice.click(card, "Approve"), "several called 'Approve'")
    await refused(world.alice.click(card, "Deny"), "none called 'Deny'")
    await world.call("chat.delete", channel=card.channel.id, ts=card.ts)
    await refused(world.alice.click(card, "approve"), "the message is gone")
    assert app.requests == []


@pytest.mark.usefixtures("app")
async def test_who_waits_in_vain_reads_what_there_is(world: World) -> None:
    await world.card()
    answer = await world.alice.command("/proxy", channel=world.channel)
    with pytest.raises(NotSeenError, match=r"in #payments, which shows:\n\[ Approve \]  \[ Deny \]"):
        await world.channel.message("Extend", within=0.01)
    with pytest.raises(NotSeenError, match=r"Slack shows no error; there is:\n\(nothing\)"):
        await answer.reply(within=0.01)
    with pytest.raises(NotSeenError, match="an ephemeral to alice"):
        await world.alice.ephemeral(within=0.01)
    with pytest.raises(NotSeenError, match="in a view of alice"):
        await world.alice.modal(within=0.01)


async def test_screens_show_each_person_their_own(world: World) -> None:
    await world.call("chat.postEphemeral", channel=world.channel.id, user=world.alice.id, text="psst")
    people: list[Person] = [world.alice, world.bob]
    assert world.workspace.screens(people).count("psst") == 1
    assert world.workspace.person("alice") is world.alice
    assert world.workspace.channel("#payments") is world.channel
    for missing in (world.workspace.person, world.workspace.channel):
        with pytest.raises(KeyError):
            missing("nobody")
