import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from bot.api import asgi
from bot.api.asgi import MOST_BYTES, Shell
from bot.api.problems import status_of
from core.domain.errors import PodProxierError


def told(error: PodProxierError) -> Response:
    return PlainTextResponse(type(error).__name__, status_of(error))


async def length(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


async def half_an_answer(_: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


async def sent(app: ASGIApp, *parts: Message, then: float | None = None) -> list[Any]:
    """Send a request in parts; what comes behind them is silence, or the end of the connection after some seconds."""
    waiting, said = list(parts), list[Any]()

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        if then is None:
            await asyncio.sleep(3_600)
        else:
            await asyncio.sleep(then)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message.get("status") or message.get("body"))

    await Shell(app, told)(scope_of_a_post(), receive, send)
    return said


def scope_of_a_post() -> Scope:
    return {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_of_bearable_length_is_handed_on() -> None:
    assert await sent(length, part(b"ab"), part(b"c", more=False)) == [200, b"3"]


async def test_a_body_that_comes_to_no_end_is_refused_at_the_limit() -> None:
    assert await sent(length, *[part(b"x" * 1024)] * (MOST_BYTES // 1024 + 1)) == [413, b"TooLarge"]


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "READ_WITHIN", 0.01)
    assert await sent(length, part(b"ab")) == [408, b"TooSlow"]


async def test_nor_is_one_that_comes_a_byte_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "READ_WITHIN", 0.05)
    said = list[Any]()

    async def receive() -> Message:
        await asyncio.sleep(0.001)
        return part(b"")

    async def send(message: Message) -> None:
        said.append(message.get("status") or message.get("body"))

    await Shell(length, told)(scope_of_a_post(), receive, send)
    assert said == [408, b"TooSlow"]


async def test_whoever_goes_away_in_the_middle_is_no_defect() -> None:
    with capture_logs() as logs:
        assert await sent(length, part(b"ab"), then=0) == []
    assert logs == []


async def test_a_defect_is_logged_though_half_of_an_answer_is_out() -> None:
    with capture_logs() as logs:
        assert await sent(half_an_answer, part(b"", more=False)) == [200]
    assert [entry["event"] for entry in logs] == ["rest.defect"]
