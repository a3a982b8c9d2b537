"""chat.*: what is posted, changed, deleted, and every code by which it is not."""

from typing import Any

import pytest

from bot.workspace import Settings, Workspace
from tests.integration.workspace.world import World, world_in
from tests.unit.bot.workspace.samples import actions, button, section

Args = dict[str, Any]
MINE: Args = {"channel": "$channel", "text": "x"}
"""The arguments that nothing is wrong with."""
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}

POSTING: dict[str, tuple[Args, str | None]] = {
    "by id": (MINE, None),
    "by name": ({"channel": "#payments", "text": "x"}, None),
    "to a person": ({"channel": "$alice", "text": "x"}, None),
    "to a bot": ({"channel": "$bot", "text": "x"}, "channel_not_found"),
    "to somebody deactivated": ({"channel": "$deleted", "text": "x"}, "channel_not_found"),
    "nowhere": ({"text": "x"}, "invalid_arguments"),
    "to a channel that is not": ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
    "where the app is not": ({"channel": "$public", "text": "x"}, "not_in_channel"),
    "where it cannot look": ({"channel": "$private", "text": "x"}, "channel_not_found"),
    "into the archive": ({"channel": "$archived", "text": "x"}, "is_archived"),
    "nothing": ({"channel": "$channel"}, "no_text"),
    "spaces": ({**MINE, "text": "  "}, "no_text"),
    "blocks without a text": ({"channel": "$channel", "blocks": [section()]}, "no_text"),
    "text and blocks": ({**MINE, "blocks": [section()]}, None),
    "blocks as a string of JSON": ({**MINE, "blocks": '[{"type": "divider"}]'}, None),
    "blocks that are no JSON": ({**MINE, "blocks": "[{"}, "invalid_blocks_format"),
    "blocks that are no list": ({**MINE, "blocks": {"a": 1}}, "invalid_blocks_format"),
    "empty actions": ({**MINE, "blocks": [actions()]}, "invalid_blocks"),
    "50 blocks": ({**MINE, "blocks": [section()] * 50}, None),
    "51 blocks": ({**MINE, "blocks": [section()] * 51}, "invalid_blocks"),
    "blocks too long together": (
        {**MINE, "blocks": [section("x" * 3000)] * 5},
        "msg_blocks_too_long",
    ),
    "40,000 characters": ({**MINE, "text": "x" * 40_000}, None),
    "40,001 characters": ({**MINE, "text": "x" * 40_001}, "msg_too_long"),
    "attachments": ({**MINE, "attachments": [{"text": "x"}]}, "invalid_attachments"),
    "metadata": ({**MINE, "metadata": {"event_type": "a", "event_payload": {}}}, None),
    "metadata without a type": ({**MINE, "metadata": {"a": 1}}, "invalid_metadata_format"),
    "under no message": ({**MINE, "thread_ts": "1700000000.000001"}, "thread_not_found"),
    "under something that is no ts": ({**MINE, "thread_ts": 17.5}, "invalid_thread_ts"),
}

EPHEMERAL: dict[str, tuple[Args, str | None]] = {
    "to a member": ({**MINE, "user": "$alice"}, None),
    "to somebody who is not there": (
        {**MINE, "user": "$carol"},
        "user_not_in_channel",
    ),
    "to nobody": (MINE, "invalid_arguments"),
    "where the app is not": (
        {"channel": "$public", "text": "x", "user": "$alice"},
        "not_in_channel",
    ),
    "blocks that Slack does not take": (
        {**MINE, "user": "$alice", "blocks": [actions(button(), button())]},
        "invalid_blocks",
    ),
}

UPDATING: dict[str, tuple[Args, str | None]] = {
    "4,000 characters": ({"text": "x" * 4000}, None),
    "4,001 characters": ({"text": "x" * 4001}, "msg_too_long"),
    "another ts": ({"text": "x", "ts": "1700000000.000001"}, "message_not_found"),
    "another channel": ({"text": "x", "channel": "C0NOWHERE"}, "channel_not_found"),
    "nothing": ({"blocks": []}, "no_text"),
    "no text but the blocks it has": ({}, "no_text"),
    "duplicate action ids": ({"text": "x", "blocks": [actions(button(), button())]}, "invalid_blocks"),
    "rich text over plain blocks": ({"text": "x", "blocks": [RICH]}, "block_mismatch"),
}


@pytest.mark.parametrize(("args", "code"), POSTING.values(), ids=POSTING)
async def test_posting(args: Args, code: str | None, world: World) -> None:
    assert await world.error("chat.postMessage", **args) == code
    assert bool(world.workspace.state.timeline) is (code is None)


@pytest.mark.parametrize(("args", "code"), EPHEMERAL.values(), ids=EPHEMERAL)
async def test_showing_to_one(args: Args, code: str | None, world: World) -> None:
    assert await world.error("chat.postEphemeral", **args) == code


@pytest.mark.parametrize(("args", "code"), UPDATING.values(), ids=UPDATING)
async def test_updating(args: Args, code: str | None, world: World) -> None:
    card = {"channel": world.channel.id, "ts": await world.post(blocks=[section()])}
    assert await world.error("chat.update", **{**card, **args}) == code


async def test_a_refusal_says_what_is_wrong_and_where(world: World) -> None:
    answer = await world.call("chat.postMessage", **MINE, blocks=[section("x" * 3001)])
    detail = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [detail]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {detail}"]}


async def test_a_post_is_answered_with_the_message_as_it_stands(world: World) -> None:
    answer = await world.call("chat.postMessage", **MINE, blocks=[actions(button(), block_id="b")])
    app = world.workspace.state.directory.app
    assert (answer["channel"], answer["ts"]) == (world.channel.id, world.channel.messages[0].ts)
    message = answer["message"]
    assert (message["user"], message["bot_id"], message["team"]) == (app.user_id, app.bot_id, world.workspace.team_id)
    assert message["blocks"][0]["block_id"] == "b"


async def test_an_update_keeps_the_blocks_that_it_does_not_mention(world: World) -> None:
    card = {"channel": world.channel.id, "ts": await world.post(blocks=[section()])}
    await world.call("chat.update", **card, text="other words")
    message = world.channel.messages[0]
    assert (message.text, len(message.blocks), message.edited) == ("other words", 1, True)
    await world.call("chat.update", **card, text="bare", blocks=[])
    assert message.blocks == ()
    assert [version.content.text for version in message.history] == ["card", "other words", "bare"]


async def test_rich_text_is_not_replaced(world: World) -> None:
    ts = await world.post(blocks=[RICH])
    assert await world.error("chat.update", channel=world.channel.id, ts=ts, text="x", blocks=[section()]) == (
        "block_mismatch"
    )


async def test_the_messages_of_others_are_not_touched(world: World) -> None:
    said = await world.alice.says("hello", channel=world.channel)
    theirs = {"channel": world.channel.id, "ts": said.ts}
    assert await world.error("chat.update", **theirs, text="x") == "cant_update_message"
    assert await world.error("chat.delete", **theirs) == "cant_delete_message"


async def test_what_only_one_person_sees_is_found_by_nobody(world: World) -> None:
    shown = await world.call("chat.postEphemeral", **MINE, user=world.alice.id)
    ts = shown["message_ts"]
    assert [len(person.sees(world.channel)) for person in (world.alice, world.bob)] == [1, 0]
    assert world.channel.messages == []
    assert await world.error("chat.update", channel=world.channel.id, ts=ts, text="x") == "message_not_found"
    assert await world.error("chat.postMessage", **MINE, thread_ts=ts) == "cannot_reply_to_message"


async def test_replies_hang_on_their_parent_and_on_nothing_else(world: World) -> None:
    card = await world.post()
    reply = await world.post("reply", thread_ts=card)
    assert [message.text for message in world.channel.roots] == ["card"]
    assert [message.text for message in world.channel.messages[0].replies] == ["reply"]
    assert await world.error("chat.postMessage", **MINE, thread_ts=reply) == "cannot_reply_to_message"
    answer = await world.call("chat.update", channel=world.channel.id, ts=card, text="x")
    assert (answer["message"]["thread_ts"], answer["message"]["reply_count"]) == (card, 1)


async def test_a_broadcast_reply_stands_in_the_thread_and_in_the_channel(world: World) -> None:
    card = await world.post()
    answer = await world.call("chat.postMessage", **MINE, thread_ts=card, reply_broadcast=True)
    assert answer["message"]["subtype"] == "thread_broadcast"
    assert len(world.channel.messages) == 2
    assert world.channel.messages[1].is_reply
    assert world.alice.screen(world.channel).count("\n  x") == 1
    assert "(replied to a thread)" in world.alice.screen(world.channel)
    await world.call("chat.postMessage", **MINE, reply_broadcast=True)
    assert not world.channel.messages[-1].broadcast


async def test_a_deleted_message_is_gone_but_its_thread_goes_on(world: World) -> None:
    card = {"channel": world.channel.id, "ts": await world.post()}
    assert await world.error("chat.delete", **card) is None
    assert await world.error("chat.delete", **card) == "message_not_found"
    assert await world.error("chat.update", **card, text="x") == "message_not_found"
    assert await world.error("chat.postMessage", **MINE, thread_ts=card["ts"]) is None


async def test_an_archived_channel_takes_no_change(world: World) -> None:
    ts = await world.post()
    world.channel.archived = True
    assert await world.error("chat.update", channel=world.channel.id, ts=ts, text="x") == "is_inactive"


async def test_a_link_leads_to_a_message_and_into_its_thread(world: World) -> None:
    card = await world.post()
    reply = await world.post("reply", thread_ts=card)
    links = [(await world.client.chat_getPermalink(channel=world.channel.id, message_ts=ts)) for ts in (card, reply)]
    assert links[0]["permalink"].endswith(f"/archives/{world.channel.id}/p{card.replace('.', '')}")
    assert links[1]["permalink"].endswith(f"?thread_ts={card}&cid={world.channel.id}")


async def test_with_chat_write_public_the_app_posts_where_it_is_not() -> None:
    async with Workspace(Settings(scopes=["chat:write", "chat:write.public", "channels:join"])) as workspace:
        world = world_in(workspace)
        elsewhere = world.place("public")
        assert await world.error("chat.postMessage", channel=elsewhere.id, text="x") is None
        assert await world.error("chat.postMessage", channel=world.place("private").id, text="x") == "channel_not_found"
        assert (await world.call("conversations.join", channel=elsewhere.id))["channel"]["is_member"] is True
        assert await world.error("conversations.join", channel=world.place("archived").id) == "is_archived"
