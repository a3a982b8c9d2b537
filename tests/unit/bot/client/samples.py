"""A mapping as the API shows it, and a server that answers as it is told."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

import httpx

from bot.client.connection import Connection
from bot.client.models import MappingView, read
from bot.client.server import Server

NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
URL: Final = "http://127.0.0.1:3343"


def shown(**other: object) -> bytes:
    """One mapping, open for another hour and three quarters."""
    mapping: dict[str, object] = {
        "id": "m42",
        "state": "open",
        "target": {"kind": "pod", "namespace": "payments", "name": "api-0", "port": 5005, "port_name": "debug"},
        "requester": "slack:T0/U1",
        "host": "gw.example.com",
        "port": 10004,
        "sources": ["10.0.0.0/8"],
        "reason": "order 4711 hangs",
        "ttl_seconds": 7200,
        "requested_at": "2026-11-25T11:40:00Z",
        "pending_until": "2026-11-25T12:10:00Z",
        "approved_at": "2026-11-25T11:44:00Z",
        "opened_at": "2026-11-25T11:45:00Z",
        "expires_at": "2026-11-25T13:45:00Z",
        "approvals": {"needed": 1, "by": ["slack:T0/U2"]},
        "extension": None,
        "trouble": None,
        "ending": None,
        "traffic": None,
        "terms": 1,
        "something_newer": True,
    }
    return json.dumps(mapping | other).encode()


def view(**other: object) -> MappingView:
    return read(shown(**other), MappingView)


REQUESTED: Final = {"state": "requested", "port": None, "expires_at": None, "approvals": {"needed": 1, "by": []}}
APPROVED: Final = {"state": "approved", "expires_at": None}
DENIED: Final = REQUESTED | {
    "state": "denied",
    "ending": {"cause": "denied", "by": "slack:T0/U2", "at": "2026-11-25T11:59:00Z", "detail": ""},
}


class Answers:
    """A server whose answers are known beforehand; keeps what it was asked. An exception is what happens instead."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._left = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def connection(self, server: Server | None = None) -> Connection:
        return Connection(server or Server(URL, "geheim"), httpx.MockTransport(self))


def ok(content: bytes) -> httpx.Response:
    return httpx.Response(200, content=content)


def problem(status: int, kind: str = "wrong", **details: str) -> httpx.Response:
    body = {"type": f"urn:pod-proxier:problem:{kind}", "title": "Wrong", "status": status} | details
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})


def pages(*found: Iterable[bytes]) -> Callable[[httpx.Request], httpx.Response]:
    """A list in pages; the cursor is the number of the page."""
    parts = [b",".join(items) for items in found]

    def answer(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params.get("after", "0"))
        following = f'"{at + 1}"' if at + 1 < len(parts) else "null"
        return httpx.Response(200, content=b'{"items":[' + parts[at] + b'],"next":' + following.encode() + b"}")

    return answer
