"""A server on loopback with the API server's wire shapes, for what a real one cannot be made to do."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml
from aiohttp import web

Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class LoopbackApi:
    """Answers lists with ``objects``, and watches with silence, unless told otherwise.

    Attributes:
        requests: the queries it got, in order.
    """

    url: str = ""
    objects: list[dict[str, object]] = field(default_factory=list)
    on_list: Answer | None = None
    on_watch: Answer | None = None
    requests: list[Mapping[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    @property
    def lists(self) -> list[Mapping[str, str]]:
        return [query for query in self.requests if "watch" not in query]

    @property
    def watches(self) -> list[Mapping[str, str]]:
        return [query for query in self.requests if "watch" in query]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(dict(request.query))
        self.tokens.append(request.headers.get("Authorization", ""))
        chosen = self.on_watch if "watch" in request.query else self.on_list
        if chosen is not None:
            return await chosen(request)
        return await silence(request) if "watch" in request.query else object_list(self.objects)

    def write_kubeconfig(self, path: Path, user: Mapping[str, object]) -> Path:
        path.write_text(
            yaml.safe_dump(
                {
                    "clusters": [{"name": "loopback", "cluster": {"server": self.url}}],
                    "users": [{"name": "bot", "user": dict(user)}],
                    "contexts": [{"name": "loopback", "context": {"cluster": "loopback", "user": "bot"}}],
                    "current-context": "loopback",
                }
            )
        )
        return path


@asynccontextmanager
async def loopback_api() -> AsyncIterator[LoopbackApi]:
    api = LoopbackApi()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    try:
        yield api
    finally:
        await runner.cleanup()


def object_list(objects: list[dict[str, object]], version: str = "100", continues: str = "") -> web.Response:
    metadata = {"resourceVersion": version, "continue": continues}
    return web.json_response({"metadata": metadata, "items": objects})


def failed(status: int, reason: str = "") -> web.Response:
    return web.json_response({"kind": "Status", "status": "Failure", "reason": reason, "code": status}, status=status)


def bad_gateway() -> web.Response:
    return web.Response(status=502, text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")


def pod(name: str = "api-0", uid: str = "uid-1", version: str = "100", **metadata: object) -> dict[str, object]:
    return {
        "metadata": {"name": name, "namespace": "payments", "uid": uid, "resourceVersion": version, **metadata},
        "spec": {"containers": [{"name": "main", "ports": [{"containerPort": 5005, "name": "debug"}]}]},
        "status": {"phase": "Running", "podIP": "127.0.0.5"},
    }


def service(name: str = "api", port: int = 5005, version: str = "100", **spec: object) -> dict[str, object]:
    ports = [{"name": "debug", "port": port, "protocol": "TCP"}]
    return {
        "metadata": {"name": name, "namespace": "payments", "uid": f"uid-{name}", "resourceVersion": version},
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.7", "ports": ports, **spec},
    }


def event(kind: str, body: object) -> bytes:
    return json.dumps({"type": kind, "object": body}).encode() + b"\n"


def bookmark(version: str) -> bytes:
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": version, "creationTimestamp": None}})


def expired_event() -> bytes:
    return event("ERROR", {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410})


async def silence(request: web.Request) -> web.StreamResponse:
    """Say nothing, and keep the connection."""
    return await stream(request)


async def stream(request: web.Request, *chunks: bytes, stay: bool = True) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
    if stay:
        await asyncio.sleep(60)
    return response


def once(first: Answer, then: Answer) -> Answer:
    """Answer in one way the first time, and in another from then on."""
    answers = [first]

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (answers.pop() if answers else then)(request)

    return answer


def always(response: Callable[[], web.Response]) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return response()

    return answer


def streaming(*chunks: bytes, stay: bool = True) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await stream(request, *chunks, stay=stay)

    return answer
