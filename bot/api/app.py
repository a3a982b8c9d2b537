"""The HTTP doors: is it alive, is it ready, its figures, Slack's signed requests, and REST for scripts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from bot.api.checks import Check, Examination
from bot.api.paths import V1, V2
from bot.api.problems import answer, plain_problem

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

PONG: Final = {"code": 10000, "msg": "operation succeeded", "data": "pong"}
"""What the service before this one answered; probes and dashboards look for it."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What else there is to be let in by; ``None``: there is no such door.

    Attributes:
        events: takes Slack's signed requests.
        v1: the previous service's API.
        v2: REST, by a token.
    """

    events: Handler | None = None
    v1: ASGIApp | None = None
    v2: ASGIApp | None = None


def make_api(checks: Mapping[str, Check], registry: CollectorRegistry, doors: Doors | None = None) -> FastAPI:
    """Build the application.

    Args:
        checks: what ``/ready`` looks at, by name.
        registry: what ``/metrics`` shows.
        doors: those beside.
    """
    doors = doors or Doors()
    apps = {path: app for path, app in ((V1, doors.v1), (V2, doors.v2)) if app is not None}
    api = _named(["/health", "/ready", "/metrics", *(f"{path}/..." for path in apps)])
    examination = Examination(checks)

    @api.get("/ready")
    async def ready() -> JSONResponse:
        found = await examination.findings()
        well = all(finding.ok for finding in found.values())
        told = {name: {"ok": finding.ok, "detail": finding.detail} for name, finding in found.items()}
        return JSONResponse(
            {"ready": well, "checks": told}, status_code=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        )

    @api.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    if doors.events is not None:
        api.add_route("/slack/events", doors.events, methods=["POST"])
    for path, app in apps.items():
        api.mount(path, app)
    return api


def make_entry_api(v1: ASGIApp) -> FastAPI:
    """Build what the entry port leads to while nothing is mapped: no more than the service before this one had there.

    Args:
        v1: for callers that HAProxy hands on, so that their addresses say nothing.
    """
    api = _named(["/health", f"{V1}/..."])
    api.mount(V1, v1)
    return api


def _named(paths: list[str]) -> FastAPI:
    """Begin an application that says what it is, and that it lives."""
    api = FastAPI(title="Pod-Proxier", docs_url=None, redoc_url=None, openapi_url=None)
    banner = f"Pod-Proxier. {', '.join(paths)}\n"

    @api.get("/")
    async def name() -> PlainTextResponse:
        return PlainTextResponse(banner)

    @api.get("/health")
    async def health() -> dict[str, Any]:
        return PONG

    api.add_exception_handler(HTTPException, _tell)
    return api


async def _tell(_: Request, error: Exception) -> Response:
    """Tell of a path that nobody serves, below the doors as well: one with a line break in it leads to none of them."""
    if not isinstance(error, HTTPException):
        raise error
    return answer(plain_problem(error.status_code, error.detail), error.headers)
