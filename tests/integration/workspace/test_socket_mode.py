"""Socket Mode from the app's side: hello, envelopes, acknowledgements, redelivery, and sockets that end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Status
from bot.workspace.delivery.socket_mode import MOST_SOCKETS
from tests.integration.workspace.listening import Listener, acknowledge, listening, say_nothing
from tests.integration.workspace.world import World


async def a_url(world: World) -> str:
    client = AsyncWebClient(base_url=world.workspace.api_url)
    return str((await client.apps_connections_open(app_token=world.workspace.app_token))["url"])


@asynccontextmanager
async def raw_socket(world: World) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare connection, to see the wire itself."""
    async with aiohttp.ClientSession() as session, session.ws_connect(await a_url(world)) as socket:
        yield socket


async def the_next(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    return dict(await socket.receive_json(timeout=5))


async def test_a_socket_is_greeted_and_its_ticket_is_good_once(world: World) -> None:
    url = await a_url(world)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await the_next(socket)
        for used in (url, url.replace("ticket=", "ticket=other")):
            async with session.get(used) as answer:
                assert answer.status == 404
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": world.workspace.state.directory.app.id}


async def test_an_envelope_is_what_slack_documents(world: World) -> None:
    async with raw_socket(world) as socket:
        await the_next(socket)
        typing = asyncio.create_task(world.alice.command("/proxy", "list", channel=world.channel))
        envelope = await the_next(socket)
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "here you are"}})
        answer = await typing
    assert set(envelope) == {"envelope_id", "type", "payload", "accepts_response_payload"}
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert answer.acked
    assert answer.payload == {"text": "here you are"}
    assert (await answer.reply()).text == "here you are"


async def test_a_command_that_is_not_acknowledged_in_time_fails_and_is_not_brought_again(world: World) -> None:
    async with listening(world, say_nothing) as app:
        answer = await world.alice.command("/proxy", "list", channel=world.channel)
        assert answer.shown == '/proxy failed with the error "operation_timeout"'
        assert len(app.requests) == 1


async def test_without_a_socket_nothing_is_delivered(world: World) -> None:
    answer = await world.alice.command("/proxy", "list", channel=world.channel)
    assert answer.shown == '/proxy failed with the error "dispatch_failed"'


async def test_an_event_comes_again_until_it_is_acknowledged(world: World) -> None:
    async with listening(world, lambda request: {} if request.retry_attempt == 2 else None) as app:
        outcome = await world.workspace.emit({"type": "app_home_opened", "user": world.alice.id})
    assert outcome.acked
    assert [(request.retry_attempt, request.retry_reason) for request in app.requests] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
    ]
    assert len({request.envelope_id for request in app.requests}) == 3
    assert len({request.payload["event_id"] for request in app.requests}) == 1


async def test_an_event_is_given_up_after_three_redeliveries(world: World) -> None:
    async with listening(world, say_nothing) as app:
        outcome = await world.workspace.emit({"type": "app_mention"})
    assert outcome.status is Status.TIMEOUT
    assert [request.retry_attempt for request in app.requests] == [0, 1, 2, 3]


async def test_each_payload_goes_to_one_socket_only(world: World) -> None:
    async with listening(world) as one, listening(world) as other:
        for _ in range(4):
            assert (await world.alice.command("/proxy", "list", channel=world.channel)).acked
    assert (len(one.requests), len(other.requests)) == (2, 2)


async def test_the_very_same_envelope_can_come_twice(world: World) -> None:
    async with listening(world) as app:
        answer = await world.alice.command("/proxy", "list", channel=world.channel, times=2)
        assert (await world.workspace.deliver_again(answer)).acked
    assert len(app.requests) == 3
    assert len({(request.envelope_id, request.payload["trigger_id"]) for request in app.requests}) == 1


async def test_an_acknowledgement_for_which_nobody_waits_is_kept_as_late(world: World) -> None:
    async with raw_socket(world) as socket:
        await the_next(socket)
        await socket.send_json({"envelope_id": "nobody-waits"})
        await world.workspace.until(lambda: bool(world.workspace.sockets.late))
    assert world.workspace.sockets.late == ["nobody-waits"]


async def test_a_person_who_gives_up_waiting_does_not_break_the_socket(world: World) -> None:
    async with raw_socket(world) as socket:
        await the_next(socket)
        typing = asyncio.create_task(world.alice.command("/proxy", "list", channel=world.channel))
        given_up = await the_next(socket)
        typing.cancel()
        await asyncio.wait([typing])
        typing = asyncio.create_task(world.alice.command("/proxy", "list", channel=world.channel))
        wanted = await the_next(socket)
        for envelope in (given_up, wanted):
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await typing).acked
    assert world.workspace.sockets.late == [given_up["envelope_id"]]


async def reconnected(world: World, app: Listener) -> None:
    """Wait until the app has asked for another URL and serves again."""
    opened = len(world.workspace.calls.of("apps.connections.open"))
    await world.workspace.until(lambda: len(world.workspace.calls.of("apps.connections.open")) >= opened)
    await world.workspace.connected()
    before = len(app.requests)
    assert (await world.alice.command("/proxy", "list", channel=world.channel)).acked
    assert len(app.requests) == before + 1


async def test_an_app_that_is_asked_to_refresh_comes_back_on_another_url(world: World) -> None:
    async with listening(world) as app:
        (old,) = world.workspace.sockets.sockets
        await world.workspace.sockets.refresh()
        await world.workspace.until(lambda: bool(world.workspace.sockets.sockets))
        assert world.workspace.sockets.sockets != [old]
        assert len(world.workspace.calls.of("apps.connections.open")) == 2
        await reconnected(world, app)


async def test_an_app_whose_connection_is_cut_comes_back(world: World) -> None:
    async with listening(world) as app:
        world.workspace.sockets.cut()
        await world.workspace.until(lambda: not world.workspace.sockets.sockets)
        await world.workspace.connected()
        await reconnected(world, app)


async def test_a_warning_is_a_disconnect_message_on_a_socket_that_still_works(world: World) -> None:
    async with raw_socket(world) as socket:
        await the_next(socket)
        await world.workspace.sockets.warn()
        warning = await the_next(socket)
        assert (warning["type"], warning["reason"]) == ("disconnect", "warning")
        assert not socket.closed


async def test_the_eleventh_socket_is_turned_away(world: World) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(MOST_SOCKETS):
            await stack.enter_async_context(raw_socket(world))
        await world.workspace.connected(MOST_SOCKETS)
        surplus = await stack.enter_async_context(raw_socket(world))
        assert (await the_next(surplus))["reason"] == "too_many_websockets"
        assert (await surplus.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_an_outage_cuts_everything_and_the_app_is_back_after_it(world: World) -> None:
    async with listening(world, acknowledge) as app:
        world.workspace.begin_outage()
        await world.workspace.until(lambda: not world.workspace.sockets.sockets)
        failed = await world.alice.command("/proxy", "list", channel=world.channel)
        assert failed.outcome.status is Status.FAILED
        world.workspace.end_outage()
        await world.workspace.connected()
        await reconnected(world, app)


def answered(request: SocketModeRequest) -> dict[str, Any]:
    return {"text": f"you said {request.payload['text']}"}


async def test_an_acknowledgement_with_a_text_is_shown_to_the_person_only(world: World) -> None:
    async with listening(world, answered):
        answer = await world.alice.command("/proxy", "list", channel=world.channel)
        reply = await answer.reply("you said list")
    assert reply.ephemeral_to == world.alice.id
    assert world.bob.sees(world.channel) == []


async def test_an_acknowledgement_that_slack_does_not_take_is_told_to_the_person(world: World) -> None:
    async with listening(world, lambda _: {"text": "x", "blocks": [{"type": "poem"}]}):
        answer = await world.alice.command("/proxy", "list", channel=world.channel)
    assert answer.shown == '/proxy failed with the error "invalid_command_response"'
