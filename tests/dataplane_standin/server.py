"""The stand-in itself: a web server that can be stopped, started, and told to misbehave."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from tests.dataplane_standin.answers import DataPlane, Said, problem
from tests.real_parts import free_port

USER: Final = "admin"
PASSWORD: Final = "a password of the tests"
_SERVICES: Final = "/services/haproxy"


class Kind(Enum):
    """Versions that were measured."""

    V3_4 = "3.4"
    V3_0 = "3.0"
    V2_9 = "2.9"

    @property
    def base(self) -> str:
        return "/v2" if self is Kind.V2_9 else "/v3"


@dataclass(frozen=True)
class Asked:
    """A request, wherever its version keeps the names."""

    names: Mapping[str, str]
    body: Any


Verb = Callable[[DataPlane, Asked], Awaitable[Said]]
Interference = Callable[[web.Request], Awaitable[web.Response | None]]
"""Comes before the stand-in; what it returns is the answer, and ``None`` lets the request pass."""


async def _configured(plane: DataPlane, asked: Asked) -> Said:
    return plane.configured(asked.names["backend"], asked.names["server"])


async def _version(plane: DataPlane, _: Asked) -> Said:
    return Said(200, plane.file.version)


async def _api_info(_: DataPlane, __: Asked) -> Said:
    return Said(200, {"api": {"version": "stand-in"}, "system": {}})


VERBS: Final[dict[str, Verb]] = {
    "api info": _api_info,
    "info": lambda plane, _: plane.info(),
    "server": lambda plane, asked: plane.server(asked.names["backend"], asked.names["server"]),
    "change server": lambda plane, asked: plane.change_server(
        asked.names["backend"], asked.names["server"], asked.body
    ),
    "configured": _configured,
    "configure": lambda plane, asked: plane.configure(
        asked.names["backend"], asked.names["server"], asked.body, int(asked.names["version"])
    ),
    "version": _version,
    "statistics": lambda plane, asked: plane.statistics(
        asked.names.get("type", ""), asked.names.get("parent", ""), asked.names.get("name", "")
    ),
    "table": lambda plane, asked: plane.table(asked.names["table"], asked.names.get("filter", "")),
    "maps": lambda plane, _: plane.maps(),
    "entries": lambda plane, asked: plane.entries(asked.names["map"]),
    "add": lambda plane, asked: plane.add(asked.names["map"], asked.body),
    "fill": lambda plane, asked: plane.fill(asked.names["map"], asked.body),
    "entry": lambda plane, asked: plane.entry(asked.names["map"], asked.names["key"]),
    "change entry": lambda plane, asked: plane.change_entry(asked.names["map"], asked.names["key"], asked.body),
    "delete": lambda plane, asked: plane.delete(asked.names["map"], asked.names["key"]),
}
COMMON: Final = {
    "api info": ("GET", "/info"),
    "info": ("GET", f"{_SERVICES}/runtime/info"),
    "statistics": ("GET", f"{_SERVICES}/stats/native"),
    "version": ("GET", f"{_SERVICES}/configuration/version"),
    "maps": ("GET", f"{_SERVICES}/runtime/maps"),
    "fill": ("PUT", _SERVICES + "/runtime/maps/{map}"),
}
ROUTES_3: Final = COMMON | {
    "server": ("GET", _SERVICES + "/runtime/backends/{backend}/servers/{server}"),
    "change server": ("PUT", _SERVICES + "/runtime/backends/{backend}/servers/{server}"),
    "configured": ("GET", _SERVICES + "/configuration/backends/{backend}/servers/{server}"),
    "configure": ("PUT", _SERVICES + "/configuration/backends/{backend}/servers/{server}"),
    "table": ("GET", _SERVICES + "/runtime/stick_tables/{table}/entries"),
    "entries": ("GET", _SERVICES + "/runtime/maps/{map}/entries"),
    "add": ("POST", _SERVICES + "/runtime/maps/{map}/entries"),
    "entry": ("GET", _SERVICES + "/runtime/maps/{map}/entries/{key}"),
    "change entry": ("PUT", _SERVICES + "/runtime/maps/{map}/entries/{key}"),
    "delete": ("DELETE", _SERVICES + "/runtime/maps/{map}/entries/{key}"),
}
ROUTES_2: Final = COMMON | {
    "server": ("GET", _SERVICES + "/runtime/servers/{server}"),
    "change server": ("PUT", _SERVICES + "/runtime/servers/{server}"),
    "configured": ("GET", _SERVICES + "/configuration/servers/{server}"),
    "configure": ("PUT", _SERVICES + "/configuration/servers/{server}"),
    "table": ("GET", _SERVICES + "/runtime/stick_table_entries"),
    "entries": ("GET", _SERVICES + "/runtime/maps_entries"),
    "add": ("POST", _SERVICES + "/runtime/maps_entries"),
    "entry": ("GET", _SERVICES + "/runtime/maps_entries/{key}"),
    "change entry": ("PUT", _SERVICES + "/runtime/maps_entries/{key}"),
    "delete": ("DELETE", _SERVICES + "/runtime/maps_entries/{key}"),
}
RENAMED_2: Final = {"parent_name": "backend", "stick_table": "table"}
LISTS_2: Final = {"info", "statistics"}


class StandIn:
    """A Data Plane API in front of the HAProxy of a folder; an asynchronous context manager.

    Attributes:
        asked: the methods and paths of all requests so far.
        answered: the statuses of all answers of its own so far.
        interfere: what comes before it, if anything.
    """

    def __init__(self, folder: Path, kind: Kind, port: int | None = None) -> None:
        self._folder, self._port = folder, port or free_port()
        self.become(kind)
        self.asked: list[str] = []
        self.answered: list[int] = []
        self.user, self.password = USER, PASSWORD
        self.interfere: Interference | None = None
        self._runner: web.AppRunner | None = None

    def become(self, kind: Kind) -> None:
        """Be another version from the next start on."""
        self._kind = kind
        self.plane = DataPlane(self._folder, moves=kind is Kind.V3_4)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application(middlewares=[self._in_front])
        routes = ROUTES_2 if self._kind is Kind.V2_9 else ROUTES_3
        for name, (method, path) in routes.items():
            app.router.add_route(method, self._kind.base + path, self._handler(name))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def stop(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    @web.middleware
    async def _in_front(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.interfere and (answer := await self.interfere(request)) is not None:
            return answer
        if not self._is_known(request):
            return _said(problem(401, "unauthorized"))
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return _said(problem(404, f"path {request.path} was not found"))

    def _is_known(self, request: web.Request) -> bool:
        expected = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {expected}"

    def _handler(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            names = {RENAMED_2.get(key, key): value for key, value in {**request.query, **request.match_info}.items()}
            body = await request.json() if request.can_read_body else None
            said = await asyncio.shield(VERBS[name](self.plane, Asked(names, body)))
            self.answered.append(said.status)
            return _said(said if self._kind.base == "/v3" else self._wrapped(name, said))

        return handle

    def _wrapped(self, name: str, said: Said) -> Said:
        """Say it as version 2 does."""
        if name in LISTS_2:
            return Said(said.status, [said.body])
        if name == "configured" and said.status == 200:
            return Said(said.status, {"_version": self.plane.file.version, "data": said.body})
        return said


def _said(said: Said) -> web.Response:
    headers = {"Reload-ID": said.reload_id} if said.reload_id else None
    if said.body is None:
        return web.Response(status=said.status, headers=headers)
    return web.json_response(said.body, status=said.status, headers=headers)
