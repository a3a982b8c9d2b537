"""The HTTP doors: is it alive, is it ready, its figures, and Slack's signed requests."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.api.checks import Check, Examination

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

PONG: Final = {"code": 10000, "msg": "operation succeeded", "data": "pong"}
"""What the service before this one answered; probes and dashboards look for it."""
BANNER: Final = "Pod-Proxier. /health, /ready, /metrics\n"


def make_api(checks: Mapping[str, Check], registry: CollectorRegistry, events: Handler | None = None) -> FastAPI:
    """Build the application.

    Args:
        checks: what ``/ready`` looks at, by name.
        registry: what ``/metrics`` shows.
        events: takes Slack's signed requests; left out, there is no such door.
    """
    api = FastAPI(title="Pod-Proxier", docs_url=None, redoc_url=None, openapi_url=None)
    examination = Examination(checks)

    @api.get("/")
    async def banner() -> PlainTextResponse:
        return PlainTextResponse(BANNER)

    @api.get("/health")
    async def health() -> dict[str, Any]:
        return PONG

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

    if events is not None:
        api.add_route("/slack/events", events, methods=["POST"])
    return api
