"""The workspace on the wire: HTTP and WebSockets on the loopback interface."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.workspace import posting
from bot.workspace.calls import CallLog, LoggedCall
from bot.workspace.errors import ApiError, RateLimitedError
from bot.workspace.faults import RESPONSE_URL, Fault, Faults, Harm

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.delivery.socket_mode import SocketMode
    from bot.workspace.state import State
    from bot.workspace.webapi.table import WebApi
    from bot.workspace.wire import JsonObject

HOST: Final = "127.0.0.1"
TOO_MANY: Final = 429
GONE: Final = frozenset({"invalid_url", "expired_url", "used_url"})


class Server:
    """Listens on 127.0.0.1: `/api/<method>`, `/link/` for sockets, `/commands/...` and `/actions/...` for answers."""

    def __init__(self, state: State, api: WebApi, sockets: SocketMode) -> None:
        self._state = state
        self._api = api
        self._sockets = sockets
        self._runner: web.AppRunner | None = None
        self.faults = Faults()
        self.calls = CallLog()

    async def start(self, port: int) -> None:
        """Listen; port 0 takes any that is free."""
        app = web.Application(middlewares=[self._outage])
        app.router.add_route("*", "/api/{method}", self._method)
        app.router.add_get("/link/", self._sockets.handle)
        app.router.add_post("/{kind:commands|actions}/{rest:.+}", self._response_url)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self._state.base_url = f"http://{HOST}:{bound}"

    async def stop(self) -> None:
        """Close the sockets and stop listening."""
        self._state.closing.set()
        await self._sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _outage(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        if self.faults.outage:
            return _cut(request)
        response: web.StreamResponse = await handler(request)
        return response

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            values = await _arguments(request)
        except ApiError as exc:
            return web.json_response(exc.answer())
        token = values.pop("token", None) or _bearer(request)
        return await self._under_fault(request, name, values, lambda: self._call(name, values, token))

    def _call(self, name: str, values: JsonObject, token: str | None) -> web.Response:
        try:
            answer = self._api.call(name, values, token)
        except RateLimitedError as exc:
            self._log(name, values, exc.answer())
            return _too_many(exc)
        except ApiError as exc:
            self._log(name, values, exc.answer())
            return web.json_response(exc.answer())
        self._log(name, values, answer.body)
        return web.json_response(answer.body, headers=dict(answer.headers))

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await _arguments(request)
        except ApiError as exc:
            return web.json_response(exc.answer(), status=400)
        return await self._under_fault(request, RESPONSE_URL, body, lambda: self._respond(request.path, body))

    def _respond(self, path: str, body: JsonObject) -> web.Response:
        try:
            posting.answer(self._state, self._state.response_urls.use(path), body, RESPONSE_URL)
        except ApiError as exc:
            self._log(RESPONSE_URL, body, exc.answer())
            return web.json_response(exc.answer(), status=404 if exc.code in GONE else 400)
        self._log(RESPONSE_URL, body, {"ok": True})
        return web.Response(text="ok")

    async def _under_fault(
        self, request: web.Request, name: str, values: JsonObject, perform: Callable[[], web.Response]
    ) -> web.StreamResponse:
        """Do it, unless a fault was ordered for it."""
        fault = self.faults.take(name)
        if fault is None:
            return perform()
        match fault.harm:
            case Harm.DROP_AFTER:
                perform()
                return _cut(request)
            case Harm.HANG:
                await self._sleep(fault.seconds)
                return perform()
            case Harm.DROP_BEFORE:
                self._log(name, values, {})
                return _cut(request)
            case _:
                return self._refusal(fault, name, values)

    def _refusal(self, fault: Fault, name: str, values: JsonObject) -> web.Response:
        """What a call is answered for which nothing is done."""
        if fault.harm is Harm.RATE_LIMIT:
            limited = RateLimitedError(int(fault.seconds))
            self._log(name, values, limited.answer())
            return _too_many(limited)
        if fault.harm is Harm.STATUS:
            self._log(name, values, {"ok": False, "error": f"http_{fault.status}"})
            return web.Response(status=fault.status, text="<html>Server Error</html>", content_type="text/html")
        body = {"ok": False, "error": fault.error, **(fault.fields or {})}
        self._log(name, values, body)
        return web.json_response(body, status=200 if name != RESPONSE_URL else 400)

    def _log(self, name: str, values: JsonObject, answer: JsonObject) -> None:
        self.calls.add(LoggedCall(name, values, self._state.clock.time(), answer))
        self._state.bell.ring()

    async def _sleep(self, seconds: float) -> None:
        """Sleep, but not longer than the server lives."""
        await asyncio.wait([closing := asyncio.ensure_future(self._state.closing.wait())], timeout=seconds)
        closing.cancel()


async def _arguments(request: web.Request) -> JsonObject:
    """The arguments of a call: query, form and JSON together.

    Raises:
        ApiError: the body says it is JSON and is not.
    """
    values: JsonObject = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError as exc:
            raise ApiError("invalid_json") from exc
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        return values | body
    return values | {name: str(value) for name, value in (await request.post()).items()}


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" and token else None


def _too_many(exc: RateLimitedError) -> web.Response:
    return web.json_response(exc.answer(), status=TOO_MANY, headers={"Retry-After": str(exc.retry_after)})


def _cut(request: web.Request) -> web.Response:
    """Lose the connection without a word; the response that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
