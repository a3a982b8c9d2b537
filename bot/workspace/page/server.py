"""Serves the page: its files, the picture as it changes, and what people do on it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Protocol, Self

from aiohttp import web

from bot.workspace.page.deeds import do
from bot.workspace.page.picture import picture
from bot.workspace.server import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler

    from bot.workspace.hands.person import Person
    from bot.workspace.wire import JsonObject
    from bot.workspace.workspace import Workspace

_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_FILES: Final = ("index.html", "page.css", "page.js", "blocks.js", "mrkdwn.js", "ports.js")
_POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"
_TOGETHER: Final = 0.05
"""Seconds in which changes are gathered before the page hears of them."""
_STILL_HERE: Final = 15.0
"""Seconds of silence after which the page is sent a sign of life."""


class PortsView(Protocol):
    """What the panel beside the workspace shows."""

    async def ports(self) -> Sequence[JsonObject]:
        """List what is open, as the gateway itself says."""
        ...

    async def send(self, port: int, line: str) -> str:
        """Send a line through a port; returns the first answer."""
        ...


class Page:
    """A page for some people of a workspace, and a look at the ports beside it.

    Args:
        workspace: where they are.
        people: between whom one may switch.
        ports: the panel.
    """

    def __init__(self, workspace: Workspace, people: Sequence[Person], ports: PortsView) -> None:
        self._workspace, self._ports = workspace, ports
        self._people = {person.name: person for person in people}
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self.address = ""

    async def __aenter__(self) -> Self:
        """Listen on a free port of loopback."""
        app = web.Application(middlewares=[_only_from_this_page])
        app.router.add_get("/", self._file)
        app.router.add_get("/static/{name}", self._file)
        app.router.add_get("/people", self._names)
        app.router.add_get("/live/{who}", self._live)
        app.router.add_get("/ports", self._list_ports)
        app.router.add_post("/do/{who}", self._do)
        app.router.add_post("/line", self._send)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.address = f"http://{HOST}:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up, and stop."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        if name not in _FILES:
            raise web.HTTPNotFound
        text = files(__package__).joinpath("static", name).read_text(encoding="utf-8")
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return web.Response(text=text, content_type=_TYPES[name.rpartition(".")[2]], headers=headers)

    async def _names(self, _: web.Request) -> web.Response:
        return web.json_response(list(self._people))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Send the picture, and again after every change."""
        person, state = self._person(request), self._workspace.state
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page was closed, or another person chosen
            while not self._closing.is_set():
                rung = state.bell.next_ring()
                await response.write(f"data: {json.dumps(picture(state, person))}\n\n".encode())
                while not await self._rings(rung):
                    await response.write(b": still here\n\n")
                await asyncio.sleep(_TOGETHER)
        return response

    async def _rings(self, rung: asyncio.Event) -> bool:
        waits = [asyncio.ensure_future(event.wait()) for event in (rung, self._closing)]
        done, pending = await asyncio.wait(waits, timeout=_STILL_HERE, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        return bool(done)

    async def _do(self, request: web.Request) -> web.Response:
        return web.json_response(await do(self._person(request), await request.json()))

    async def _list_ports(self, _: web.Request) -> web.Response:
        return web.json_response(list(await self._ports.ports()))

    async def _send(self, request: web.Request) -> web.Response:
        wish = await request.json()
        return web.json_response({"answer": await self._ports.send(int(wish["port"]), str(wish["line"]))})

    def _person(self, request: web.Request) -> Person:
        person = self._people.get(request.match_info["who"])
        if person is None:
            raise web.HTTPNotFound
        return person


@web.middleware
async def _only_from_this_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away what another site has the browser send here, by a name of its own for loopback or from its own page."""
    foreign_name = request.host.partition(":")[0] not in {HOST, "localhost"}
    foreign_page = request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
    by_form = request.method == "POST" and request.content_type != "application/json"
    if foreign_name or foreign_page or by_form:
        raise web.HTTPForbidden
    response: web.StreamResponse = await handler(request)
    return response
