"""The API misbehaves, or something else answers in its place."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp import web

from core.adapters.haproxy.dataplane.client import AT_A_TIME, Call
from core.adapters.haproxy.dataplane.errors import ApiReloads, ApiUnauthorized, NotTheApi
from core.domain.errors import GatewayError, GatewayRefused, GatewayUnreachable
from tests.dataplane_standin import Kind
from tests.integration.dataplane.conftest import DEADLINE, Setting
from tests.integration.haproxy.hands import calling, eventually, reached

Interference = Callable[[web.Request], Awaitable[web.Response | None]]


def answering(status: int, text: str, kind: str = "text/html", **headers: str) -> Interference:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return answer


async def test_it_is_restarted_under_load_and_nobody_who_is_connected_notices(setting: Setting) -> None:
    gateway = setting.gateway
    await gateway.apply(setting.route())
    enough = asyncio.Event()

    async def work(at: int) -> None:
        while not enough.is_set():
            with suppress(GatewayUnreachable):
                await gateway.apply(setting.route(at))
                await gateway.close(setting.first + at)

    async with calling(setting.first) as caller:
        tasks = [asyncio.create_task(work(at)) for at in range(1, 5)]
        for _ in range(3):
            await asyncio.sleep(0.1)
            await setting.api.stop()
            assert await caller.echoes()
            await setting.api.start()
        enough.set()
        await asyncio.gather(*tasks)
        routes = {route.port: route for route in map(setting.route, range(3))}
        await gateway.resync(routes.values())
        assert await caller.echoes()
    slots = (await gateway.observe()).slots
    assert all(slot.serves(routes[port]) if port in routes else slot.shut for port, slot in slots.items())


async def test_it_was_restarted_between_two_questions_and_the_kept_connections_are_dead(setting: Setting) -> None:
    epoch = await setting.gateway.epoch()
    await setting.api.stop()
    with pytest.raises(GatewayUnreachable):
        await setting.gateway.epoch()
    await setting.api.start()
    assert await setting.gateway.epoch() == epoch


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_whatever_stands_before_it_says_not_now(setting: Setting, status: int) -> None:
    setting.api.interfere = answering(status, "<html>Bad gateway</html>")
    with pytest.raises(GatewayUnreachable, match=str(status)) as caught:
        await setting.gateway.apply(setting.route())
    assert "html>" not in str(caught.value)
    setting.api.interfere = None
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"


@pytest.mark.parametrize(
    "interference",
    [
        answering(200, "<html>Welcome</html>"),
        answering(200, '{"hello": "world"}', "application/json"),
        answering(302, "", Location="https://login.example.com/"),
        answering(404, "<html>Not found</html>"),
    ],
    ids=["a page", "another API", "a login", "nothing"],
)
async def test_something_else_answers_in_its_place(setting: Setting, interference: Interference) -> None:
    setting.api.interfere = interference
    with pytest.raises(GatewayRefused) as caught:
        await setting.gateway.epoch()
    assert isinstance(caught.value, NotTheApi)
    assert "--api-addr" in caught.value.hint


async def test_an_older_one_says_no_word_of_a_map_that_is_empty(setting: Setting) -> None:
    epoch = await setting.gateway.epoch()

    async def silent(request: web.Request) -> web.Response | None:
        name = "until.map"
        return web.Response(status=404) if name in request.path or request.query.get("map") == name else None

    setting.api.interfere = silent
    observed = await setting.gateway.observe()
    assert observed.epoch == epoch
    assert all(slot.shut for slot in observed.slots.values())


async def test_it_does_not_accept_our_password_and_then_does(setting: Setting) -> None:
    known, setting.api.password = setting.api.password, "another one"
    credentials = ["wrong", known]
    setting.gateway._api._credentials = lambda: ("admin", credentials[0])
    with pytest.raises(ApiUnauthorized) as caught:
        await setting.gateway.apply(setting.route())
    assert "--api-password" in caught.value.hint
    assert "wrong" not in str(caught.value)
    credentials[0] = setting.api.password
    await setting.gateway.apply(setting.route())
    setting.api.password = credentials[0] = "changed while we are logged in"
    await setting.gateway.close(setting.first)


async def test_one_request_hangs_and_keeps_nothing_else_waiting(setting: Setting) -> None:
    await setting.gateway.epoch()
    over = asyncio.Event()

    async def hang(request: web.Request) -> None:
        if f"slot_{setting.first}/" in request.path or f"slot_{setting.first}" == request.query.get("backend"):
            await over.wait()

    setting.api.interfere = hang
    stuck = asyncio.create_task(setting.gateway.apply(setting.route()))
    await setting.gateway.apply(setting.route(1))
    assert await reached(setting.first + 1) == "api-0"
    with pytest.raises(GatewayUnreachable, match="no answer within"):
        await stuck
    over.set()
    setting.api.interfere = None
    await setting.gateway.apply(setting.route())
    assert await reached(setting.first) == "api-0"


ONCE = pytest.mark.parametrize("kind", [Kind.V3_4], ids=lambda kind: kind.value)
QUESTION = Call("GET", "/v3/info", "a question")
MANY = 8 * AT_A_TIME


@ONCE
async def test_many_calls_at_once_wait_for_longer_than_one_may_take(setting: Setting) -> None:
    one_after_the_other = asyncio.Lock()

    async def slowly(_: web.Request) -> None:
        async with one_after_the_other:
            await asyncio.sleep(0.03)

    setting.api.interfere = slowly
    assert DEADLINE.total_seconds() < MANY * 0.03
    answers = await asyncio.gather(*(setting.gateway._api.call(QUESTION) for _ in range(MANY)))
    assert len(answers) == MANY


@ONCE
async def test_many_calls_at_once_to_one_that_hangs_all_end(setting: Setting) -> None:
    never = asyncio.Event()

    async def hang(_: web.Request) -> None:
        await never.wait()

    setting.api.interfere = hang
    calls = [setting.gateway._api.call(QUESTION) for _ in range(MANY)]
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(failure) for failure in failures} == {GatewayUnreachable}
    never.set()
    setting.api.interfere = None
    await setting.gateway.epoch()


async def test_it_is_about_to_reload_haproxy_and_that_is_told(setting: Setting) -> None:
    await setting.gateway.epoch()
    setting.api.interfere = answering(202, "{}", "application/json", **{"Reload-ID": "2030-01-07-1"})
    with pytest.raises(ApiReloads, match="2030-01-07-1"):
        await setting.gateway.close(setting.first)


async def test_it_is_replaced_by_another_version(setting: Setting, kind: Kind) -> None:
    await setting.gateway.apply(setting.route())
    await setting.api.stop()
    setting.api.become(Kind.V3_4 if kind is Kind.V2_9 else Kind.V2_9)
    await setting.api.start()

    async def applied() -> bool:
        with suppress(GatewayError):
            await setting.gateway.apply(setting.route(1))
            return True
        return False

    assert await eventually(applied)
    assert await reached(setting.first + 1) == "api-0"


async def test_an_answer_that_got_lost_after_the_deed_does_no_harm(setting: Setting) -> None:
    await setting.gateway.apply(setting.route())

    async def lose(request: web.Request) -> None:
        if request.method != "GET" and request.transport is not None:
            setting.api.interfere = None
            request.transport.abort()

    async with calling(setting.first) as caller:
        assert await caller.echoes()
        setting.api.interfere = lose
        extended = replace(setting.route(), until=setting.route().until.replace(year=2090))
        await setting.gateway.apply(extended)
        assert await caller.echoes()
    assert (await setting.gateway.observe()).slots[setting.first].serves(extended)
