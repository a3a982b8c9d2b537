"""Rate limits, faults to order, outages, and tokens that die."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Enforced, Workspace
from tests.integration.workspace.world import World, world_in

LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError)


async def refused(world: World, method: str = "chat.postMessage", **args: str) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        await world.client.api_call(method, json={"channel": world.channel.id, "text": "x", **args})
    return caught.value


async def test_a_second_post_within_a_second_is_too_many_for_its_channel(world: World) -> None:
    world.workspace.rates.enforced = Enforced.CHANNELS
    other = world.workspace.add_channel("other")
    await world.post()
    assert await world.error("chat.postMessage", channel=other.id, text="x") is None
    for address in (world.channel.id, "#payments"):
        limited = await refused(world, channel=address)
        assert (limited.response.status_code, limited.response["error"]) == (429, "ratelimited")
        assert limited.response.headers["Retry-After"] == "1"
    world.workspace.clock.advance(1.0)
    await world.post()
    assert len(world.channel.messages) == 2


async def test_a_tier_is_counted_by_the_minute(world: World) -> None:
    world.workspace.rates.enforced = Enforced.EVERYTHING
    group = world.workspace.add_group("sre")
    codes = [await world.error("usergroups.users.list", usergroup=group.id) for _ in range(21)]
    assert codes == [None] * 20 + ["ratelimited"]
    limited = await refused(world, "usergroups.users.list", usergroup=group.id)
    assert 50 <= int(limited.response.headers["Retry-After"]) <= 60
    world.workspace.clock.advance(60.0)
    assert await world.error("usergroups.users.list", usergroup=group.id) is None


async def test_a_client_that_minds_retry_after_gets_through() -> None:
    async with Workspace() as workspace:
        world = world_in(workspace, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)])
        workspace.faults.rate_limit("chat.postMessage", retry_after=0)
        await world.post()
        assert [call.error for call in workspace.calls.of("chat.postMessage")] == ["ratelimited", None]


async def test_a_call_can_be_made_to_fail_with_any_code(world: World) -> None:
    world.workspace.faults.fail("chat.update", "edit_window_closed", times=2, needed="more")
    ts = await world.post()
    codes = [await world.call("chat.update", channel=world.channel.id, ts=ts, text=str(n)) for n in range(3)]
    assert [answer.get("error") for answer in codes] == ["edit_window_closed", "edit_window_closed", None]
    assert codes[0]["needed"] == "more"
    assert world.channel.messages[0].text == "2"


@pytest.mark.parametrize(
    ("order", "done"),
    [
        (lambda world: world.workspace.faults.drop_before("chat.postMessage"), 0),
        (lambda world: world.workspace.faults.drop_after("chat.postMessage"), 1),
        (lambda world: world.workspace.begin_outage(), 0),
    ],
    ids=["before anything was done", "after it was done", "in an outage"],
)
async def test_a_connection_can_be_lost(order: Callable[[World], None], done: int, world: World) -> None:
    order(world)
    with pytest.raises(LOST):
        await world.post()
    assert len(world.channel.messages) == done
    world.workspace.end_outage()
    assert await world.post()


async def test_the_client_as_it_comes_posts_twice_what_was_done_but_lost(world: World) -> None:
    client = AsyncWebClient(token=world.workspace.bot_token, base_url=world.workspace.api_url)
    world.workspace.faults.drop_after("chat.postMessage")
    await client.chat_postMessage(channel=world.channel.id, text="x")
    assert len(world.channel.messages) == 2


async def test_a_call_can_hang_and_is_done_all_the_same(world: World) -> None:
    world.workspace.faults.hang("chat.postMessage", 0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await world.post()
    assert world.channel.messages == []
    await world.channel.message("card")


async def test_a_call_that_hangs_does_not_outlive_the_workspace() -> None:
    async with Workspace() as workspace:
        world = world_in(workspace)
        workspace.faults.hang("chat.postMessage", 60.0)
        posting = asyncio.create_task(world.post())
        await asyncio.sleep(0.05)  # until the call is there; nothing tells
    await asyncio.wait([posting])
    assert posting.exception() is None or isinstance(posting.exception(), LOST)


@pytest.mark.parametrize("status", [500, 503])
async def test_a_call_can_be_answered_with_a_bare_status(status: int, world: World) -> None:
    world.workspace.faults.status("*", status)
    failed = await refused(world)
    assert failed.response.status_code == status
    assert (await world.workspace.call("chat.postMessage")).error == f"http_{status}"


@pytest.mark.parametrize(
    ("token", "code"), [(None, "not_authed"), ("xoxb-guessed", "invalid_auth"), ("app", "not_allowed_token_type")]
)
async def test_a_call_needs_the_token_of_its_kind(token: str | None, code: str, world: World) -> None:
    given = world.workspace.app_token if token == "app" else token
    client = AsyncWebClient(token=given, base_url=world.workspace.api_url)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response["error"] == code


async def test_revoked_tokens_are_dead_until_they_are_restored(world: World) -> None:
    world.workspace.revoke_tokens()
    assert await world.error("auth.test") == "token_revoked"
    world.workspace.restore_tokens()
    assert await world.error("auth.test") is None


async def test_renewed_tokens_work_and_the_old_ones_do_not(world: World) -> None:
    world.workspace.renew_tokens()
    assert await world.error("auth.test") == "token_revoked"
    renewed = AsyncWebClient(token=world.workspace.bot_token, base_url=world.workspace.api_url)
    assert (await renewed.auth_test())["ok"]
    assert (await renewed.apps_connections_open(app_token=world.workspace.app_token))["url"].startswith("ws://")


@pytest.mark.parametrize(("body", "code"), [(b"{", "invalid_json"), (b"[1]", "json_not_object")])
async def test_a_body_that_is_no_json_object_is_told_apart(body: bytes, code: str, world: World) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.workspace.bot_token}"}
    url = f"{world.workspace.api_url}chat.postMessage"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert (await answer.json())["error"] == code
