"""Signed HTTP: requests that Slack's own verifier and Bolt accept, redelivered as Slack does."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.workspace import Status
from tests.integration.workspace.world import World
from tests.real_parts import free_port
from tests.unit.bot.workspace.samples import actions, button

Reply = Callable[[web.Request], web.Response]


@dataclass
class Site:
    """The app's request URL: what came, and what is answered."""

    reply: Reply
    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return self.reply(request)

    def headers(self, name: str) -> list[str | None]:
        return [headers.get(name) for headers, _ in self.requests]


@asynccontextmanager
async def site(world: World, reply: Reply = lambda _: web.Response()) -> AsyncIterator[Site]:
    there = Site(reply)
    async with serving(there.handle) as there.url:
        await world.workspace.use_request_url(there.url)
        yield there


@asynccontextmanager
async def serving(handle: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/slack/events", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_every_request_carries_a_signature_that_slacks_verifier_accepts(world: World) -> None:
    async with site(world) as app:
        await world.alice.command("/proxy", "pod payments/api-0 2h <b>", channel=world.channel)
        await world.workspace.emit({"type": "app_home_opened"})
        card = await world.card()
        await world.bob.click(card, "Approve")
    verifier = SignatureVerifier(world.workspace.signing_secret)
    assert all(verifier.is_valid_request(body, headers) for headers, body in app.requests)
    assert not any(verifier.is_valid_request(body + b" ", headers) for headers, body in app.requests)
    assert not any(SignatureVerifier("other").is_valid_request(body, headers) for headers, body in app.requests)
    assert app.headers("Content-Type") == [
        "application/x-www-form-urlencoded",
        "application/json",
        "application/x-www-form-urlencoded",
    ]
    assert parse_qs(app.requests[0][1].decode())["text"] == ["pod payments/api-0 2h &lt;b&gt;"]
    assert "payload" in parse_qs(app.requests[2][1].decode())


async def test_a_redelivered_command_is_the_same_to_the_byte(world: World) -> None:
    async with site(world) as app:
        answer = await world.alice.command("/proxy", "list", channel=world.channel, times=2)
        await world.workspace.deliver_again(answer)
    first, *others = [(headers["X-Slack-Signature"], body) for headers, body in app.requests]
    assert others == [first, first]


async def test_the_signature_ages_with_the_clock_of_the_workspace(world: World) -> None:
    world.workspace.clock.advance(-301)
    async with site(world) as app:
        await world.alice.command("/proxy", "list", channel=world.channel)
    (headers, body) = app.requests[0]
    assert not SignatureVerifier(world.workspace.signing_secret).is_valid_request(body, headers)


@pytest.mark.parametrize(
    ("status", "headers", "retries", "event_taken"),
    [
        (200, {}, [None], True),
        (204, {}, [None], True),
        (302, {"Location": "/"}, [None, "1", "2", "3"], False),
        (500, {}, [None, "1", "2", "3"], False),
        (500, {"X-Slack-No-Retry": "1"}, [None], False),
    ],
)
async def test_an_event_comes_again_unless_it_is_taken(
    status: int, headers: dict[str, str], retries: list[str | None], *, event_taken: bool, world: World
) -> None:
    async with site(world, lambda _: web.Response(status=status, headers=headers)) as app:
        outcome = await world.workspace.emit({"type": "app_mention"})
    assert outcome.acked is event_taken
    assert app.headers("X-Slack-Retry-Num") == retries
    assert set(app.headers("X-Slack-Retry-Reason")) <= {None, "http_error"}


async def test_a_command_is_taken_with_200_only(world: World) -> None:
    async with site(world, lambda _: web.Response(status=204)):
        answer = await world.alice.command("/proxy", "list", channel=world.channel)
    assert answer.shown == '/proxy failed with the error "dispatch_failed"'


async def test_a_url_where_nobody_listens_fails_at_once(world: World) -> None:
    await world.workspace.use_request_url(f"http://127.0.0.1:{free_port()}/")
    outcome = await world.workspace.emit({"type": "app_mention"})
    assert (outcome.status, outcome.reason) == (Status.FAILED, "connection_failed")
    assert outcome.parcel.retry == 3


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (web.json_response({"text": "here"}), "here"),
        (web.Response(text="bare words"), "bare words"),
    ],
)
async def test_the_body_of_an_answer_is_a_message(answer: web.Response, shown: str, world: World) -> None:
    async with site(world, lambda _: web.Response(body=answer.body, content_type=answer.content_type)):
        reply = await (await world.alice.command("/proxy", "list", channel=world.channel)).reply()
    assert reply.text == shown


async def test_the_challenge_verifies_a_url(world: World) -> None:
    async with site(world):
        assert not await world.workspace.verify_request_url()
    bolt = AsyncApp(signing_secret=world.workspace.signing_secret, token=world.workspace.bot_token)
    async with over_bolt(world, bolt):
        assert await world.workspace.verify_request_url()


@asynccontextmanager
async def over_bolt(world: World, bolt: AsyncApp) -> AsyncIterator[None]:
    async def handle(request: web.Request) -> web.Response:
        body, query = await request.text(), request.query_string
        answer = await bolt.async_dispatch(AsyncBoltRequest(body=body, query=query, headers=dict(request.headers)))
        return web.Response(status=answer.status, text=answer.body, headers=answer.first_headers())

    async with serving(handle) as url:
        await world.workspace.use_request_url(url)
        yield


async def test_bolt_serves_a_command_and_a_click(world: World) -> None:
    bolt = AsyncApp(signing_secret=world.workspace.signing_secret, client=world.client)

    async def command(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="pick", blocks=[actions(button(value="m1/1"))])

    async def clicked(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        await respond(text=f"{body['user']['name']} clicked {body['actions'][0]['value']}", replace_original=False)

    bolt.command("/proxy")(command)
    bolt.action("approve")(clicked)
    async with over_bolt(world, bolt):
        offered = await (await world.alice.command("/proxy", "list", channel=world.channel)).reply("pick")
        told = await (await world.alice.click(offered, "Approve")).reply()
    assert told.text == "alice clicked m1/1"
