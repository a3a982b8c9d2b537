import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from fastapi import Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bot.api import patience
from bot.api.app import Doors, Handler, make_api
from bot.api.checks import Check, Finding
from bot.api.server import CannotListen, _bound, listening
from core.adapters.metrics import PrometheusMetrics

HOST = "127.0.0.1"


@asynccontextmanager
async def serving(
    checks: Mapping[str, Check] | None = None, registry: CollectorRegistry | None = None, events: Handler | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    api = make_api(checks or {}, registry or CollectorRegistry(), Doors(events))
    async with (
        listening(api, HOST, 0) as port,
        httpx.AsyncClient(base_url=f"http://{HOST}:{port}") as client,
    ):
        yield client


async def well() -> Finding:
    return Finding(ok=True, detail="converges")


async def ill() -> Finding:
    return Finding(ok=False, detail="no HAProxy answers")


async def accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_health_says_what_the_service_before_said() -> None:
    async with serving({"gateway": ill}) as client:
        answer = await client.get("/health")
    assert answer.status_code == 200
    assert answer.text == '{"code":10000,"msg":"operation succeeded","data":"pong"}'


async def test_the_root_names_the_program() -> None:
    async with serving() as client:
        assert "Pod-Proxier" in (await client.get("/")).text


async def test_ready_is_200_while_everything_is_well() -> None:
    async with serving({"engine": well}) as client:
        answer = await client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"engine": {"ok": True, "detail": "converges"}}}


async def test_ready_is_503_and_names_what_is_not_well() -> None:
    async with serving({"engine": well, "gateway": ill}) as client:
        answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["gateway"] == {"ok": False, "detail": "no HAProxy answers"}
    assert answer.json()["checks"]["engine"]["ok"] is True


async def test_metrics_are_what_prometheus_reads() -> None:
    registry = CollectorRegistry()
    PrometheusMetrics(registry).gateway_error("GatewayUnreachable")
    async with serving(registry=registry) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "pod_proxier_gateway_errors" in {f.name for f in text_string_to_metric_families(answer.text)}


async def test_slacks_requests_reach_the_handler_as_they_came() -> None:
    bodies: list[bytes] = []

    async def events(request: Request) -> Response:
        bodies.append(await request.body())
        return Response("taken", status_code=202)

    async with serving(events=events) as client:
        answer = await client.post("/slack/events", content=b"payload=%7B%7D")
    assert (answer.status_code, answer.text, bodies) == (202, "taken", [b"payload=%7B%7D"])


async def test_there_is_no_door_for_slack_without_a_handler() -> None:
    async with serving() as client:
        assert (await client.post("/slack/events")).status_code == 404


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_nothing_else_is_shown(path: str) -> None:
    async with serving() as client:
        assert (await client.get(path)).status_code == 404


async def test_what_is_being_answered_is_answered_still_when_it_stops() -> None:
    asked = asyncio.Event()

    async def events(request: Request) -> Response:
        asked.set()
        while await accepts(request.url.port or 0):  # noqa: ASYNC110 - uvicorn tells nobody that it stops
            await asyncio.sleep(0.02)
        return Response("in the end")

    async with httpx.AsyncClient() as client:
        async with listening(make_api({}, CollectorRegistry(), Doors(events)), HOST, 0) as port:
            call = asyncio.create_task(client.post(f"http://{HOST}:{port}/slack/events"))
            await asked.wait()
        assert (await call).text == "in the end"


@pytest.mark.parametrize(
    "said", [b"", b"GET /health HT", b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 9\r\n\r\nab"]
)
async def test_whoever_comes_and_does_not_end_a_request_is_sent_away(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_WITHIN", 0.05)
    async with listening(make_api({}, CollectorRegistry()), HOST, 0) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(said)
        drips = asyncio.create_task(drip(writer))
        with suppress(ConnectionResetError):  # the other end does not wait for the drips that are on their way
            assert b"200 OK" not in await reader.read()  # comes back at the end of the connection alone
        drips.cancel()
        writer.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a little now and then, which must not count as progress."""
    for _ in range(7):
        await asyncio.sleep(0.01)
        writer.write(b"x")


async def test_an_answer_that_takes_its_time_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_WITHIN", 0.02)

    async def events(_: Request) -> Response:
        await asyncio.sleep(0.1)
        return Response("in the end")

    async with serving(events=events) as client:
        for _ in range(2):
            assert (await client.post("/slack/events")).text == "in the end"


async def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"cannot listen on {HOST}:{port}: Address already in use") as caught:
            async with listening(make_api({}, CollectorRegistry()), HOST, port):
                pass
    assert "--listen-port" in caught.value.hint


async def test_an_error_inside_stops_it_and_stays_what_it_is() -> None:
    async def breaks() -> None:
        async with serving() as client:
            assert (await client.get("/health")).is_success
            raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        await breaks()


async def test_answers_do_not_wait_for_the_caller_to_acknowledge_their_head() -> None:
    """asyncio has small parts sent at once on what it knows to be TCP; else each answer takes 40 ms."""
    with _bound(HOST, 0, "--listen-port") as listener:
        assert listener.proto == socket.IPPROTO_TCP
