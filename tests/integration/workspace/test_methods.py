"""The other methods: every error code they can give, scopes, tokens, forms; asked with Slack's own client."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace import Settings, Workspace
from tests.integration.workspace.world import World, world_in
from tests.unit.bot.workspace.samples import home, modal, section, text_input

Args = dict[str, Any]
MINE: Args = {"channel": "$channel", "text": "x"}

OTHERS: dict[str, tuple[str, Args, str | None]] = {
    "an unknown method": ("chat.shout", {}, "unknown_method"),
    "api.test": ("api.test", {"a": "1"}, None),
    "api.test with an error": ("api.test", {"error": "my_error"}, "my_error"),
    "a user": ("users.info", {"user": "$alice"}, None),
    "no user": ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    "a user without an id": ("users.info", {}, "invalid_arguments"),
    "everybody": ("users.list", {}, None),
    "a bad cursor": ("users.list", {"cursor": "!"}, "invalid_cursor"),
    "a limit over 1,000": ("users.list", {"limit": 1001}, "invalid_limit"),
    "a limit that is a word": ("users.list", {"limit": "many"}, "invalid_arguments"),
    "by address": ("users.lookupByEmail", {"email": "Alice@example.com"}, None),
    "by an address nobody has": ("users.lookupByEmail", {"email": "a@b.c"}, "users_not_found"),
    "no group": ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
    "a channel": ("conversations.info", {"channel": "$channel"}, None),
    "a hidden channel": ("conversations.info", {"channel": "$private"}, "channel_not_found"),
    "members": ("conversations.members", {"channel": "$channel"}, None),
    "channels of an unknown type": ("conversations.list", {"types": "walls"}, "invalid_types"),
    "private channels": ("conversations.list", {"types": "public_channel,private_channel"}, None),
    "a DM": ("conversations.open", {"users": "$alice"}, None),
    "a DM with a guest": ("conversations.open", {"users": "$ultra_guest"}, None),
    "a DM with nobody": ("conversations.open", {}, "users_list_not_supplied"),
    "a DM with a bot": ("conversations.open", {"users": "$bot"}, "cannot_dm_bot"),
    "a DM with somebody gone": ("conversations.open", {"users": "$deleted"}, "user_disabled"),
    "a DM with somebody unknown": ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    "a DM with somebody far": (
        "conversations.open",
        {"users": "$stranger"},
        "invalid_user_combination",
    ),
    "a DM with nine": ("conversations.open", {"users": ",".join("U" * 9)}, "too_many_users"),
    "a DM with two": (
        "conversations.open",
        {"users": "$alice,$bob"},
        "missing_scope",
    ),
    "a channel as a DM": (
        "conversations.open",
        {"channel": "$channel"},
        "method_not_supported_for_channel_type",
    ),
    "a link to a message": (
        "chat.getPermalink",
        {"channel": "$channel", "message_ts": "1.000000"},
        "message_not_found",
    ),
    "joining without the scope": ("conversations.join", {"channel": "$channel"}, "missing_scope"),
    "the app token's method": ("apps.connections.open", {}, "not_allowed_token_type"),
    "a modal without a trigger": ("views.open", {"view": modal()}, "invalid_arguments"),
    "a modal with a guessed trigger": (
        "views.open",
        {"view": modal(), "trigger_id": "1.2.3"},
        "invalid_trigger_id",
    ),
    "a modal that is none": ("views.open", {"view": home(), "trigger_id": "1"}, "invalid_arguments"),
    "an input that cannot be submitted": (
        "views.open",
        {"view": modal(text_input()), "trigger_id": "1"},
        "invalid_arguments",
    ),
    "a view as a word": ("views.open", {"view": "modal", "trigger_id": "1"}, "invalid_arguments"),
    "a view that is too large": (
        "views.publish",
        {"view": home(*[section("x" * 2999)] * 90), "user_id": "$alice"},
        "view_too_large",
    ),
    "a home": ("views.publish", {"view": home(), "user_id": "$alice"}, None),
    "a home with an old hash": (
        "views.publish",
        {"view": home(), "user_id": "$alice", "hash": "old"},
        None,
    ),
    "a home for nobody": ("views.publish", {"view": home(), "user_id": "U0NOBODY"}, "user_not_found"),
    "a view that is not": ("views.update", {"view": modal(), "view_id": "V0NONE"}, "not_found"),
}

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "conversations.info": "channels:read,groups:read,im:read,mpim:read",
    "conversations.members": "channels:read,groups:read,im:read,mpim:read",
    "conversations.list": "channels:read,groups:read,im:read,mpim:read",
    "conversations.open": "im:write,mpim:write,channels:manage,groups:write",
    "conversations.join": "channels:join",
}


@pytest.mark.parametrize(("method", "args", "code"), OTHERS.values(), ids=OTHERS)
async def test_asking_for(method: str, args: Args, code: str | None, world: World) -> None:
    assert await world.error(method, **args) == code


async def test_each_method_names_the_scope_that_is_missing() -> None:
    async with Workspace(Settings(scopes=["commands"])) as workspace:
        world = world_in(workspace)
        answers = {method: await world.call(method) for method in SCOPES}
    assert {method: answer.get("needed") for method, answer in answers.items()} == SCOPES
    assert {answer["error"] for answer in answers.values()} == {"missing_scope"}
    assert answers["users.info"]["provided"] == "commands"


async def test_a_dm_needs_the_scope_of_dms() -> None:
    async with Workspace(Settings(scopes=["groups:write"])) as workspace:
        world = world_in(workspace)
        assert (await world.call("conversations.open", users=world.alice.id))["needed"] == "im:write"


async def test_auth_test_says_whose_token_it_is(world: World) -> None:
    response = await world.client.auth_test()
    assert response["team_id"] == world.workspace.team_id
    assert response["user_id"] == world.workspace.app_user_id
    assert response["is_enterprise_install"] is False
    assert "chat:write" in response.headers["x-oauth-scopes"]
    assert "expires_in" not in response.data


async def test_auth_test_tells_an_org_wide_install_and_a_token_that_rotates() -> None:
    async with Workspace(Settings(org_wide=True, rotating=True)) as workspace:
        response = await world_in(workspace).client.auth_test()
    assert response["is_enterprise_install"] is True
    assert response["expires_in"] > 0
    assert workspace.bot_token.startswith("xoxe.xoxb-")


async def test_the_form_of_a_call_does_not_matter(world: World) -> None:
    by_form = await world.client.api_call("chat.postMessage", data={"channel": world.channel.id, "text": "form"})
    by_query = await world.client.api_call("chat.postMessage", params={"channel": world.channel.id, "text": "query"})
    assert [message.text for message in world.channel.messages] == ["form", "query"]
    assert by_form["ok"], by_query["ok"]


async def test_every_call_is_kept_without_its_token(world: World) -> None:
    await world.error("chat.postMessage", channel="C0NOWHERE", text="x")
    call = await world.workspace.call("chat.postMessage")
    assert (call.args, call.error) == ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found")
    assert await world.error("api.test") is None
    assert world.workspace.calls.of("api.test")[0].error is None


async def test_the_client_reads_a_refusal_as_slacks_own(world: World) -> None:
    with pytest.raises(SlackApiError) as caught:
        await world.client.chat_postMessage(channel="C0NOWHERE", text="x")
    assert caught.value.response["error"] == "channel_not_found"


async def test_a_home_is_republished_with_its_hash(world: World) -> None:
    first = await world.client.views_publish(user_id=world.alice.id, view=home(section("one")))
    await world.client.views_publish(user_id=world.alice.id, view=home(section("two")), hash=first["view"]["hash"])
    stale = {"user_id": world.alice.id, "view": home(), "hash": first["view"]["hash"]}
    assert await world.error("views.publish", **stale) == "hash_conflict"
    assert (await world.alice.home("two")).blocks[0]["text"]["text"] == "two"
