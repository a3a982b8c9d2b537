"""The application of REST v2, mounted at ``/api/v2``."""

from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.api.asgi import Shell
from bot.api.callers import note_turned_away
from bot.api.errors import Unknown
from bot.api.problems import Mistake, answer, plain_problem, problem_of
from bot.api.v2 import brakes, mappings, services
from bot.api.v2.openapi import describe, methods_of
from bot.api.v2.rest import Rest
from core.domain.errors import OutsideError, PodProxierError

log = structlog.get_logger(__name__)

_ABOUT: Final = (
    "A mapping is asked for, approved by others where the policy wants that, opened, and cut at its end. Whose leave "
    "it needs sees it in Slack. Every error is problem details (RFC 9457): `hint` or `example` say what would work."
)
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="pod-proxier"'}


def make_v2(rest: Rest) -> FastAPI:
    """Build it."""
    api = FastAPI(
        title="Pod-Proxier",
        version="2",
        summary="Time-limited TCP ports to Kubernetes pods",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.rest = rest
    api.include_router(mappings.router)
    api.include_router(services.router)
    api.include_router(brakes.router)
    api.add_exception_handler(PodProxierError, _tell)
    api.add_exception_handler(RequestValidationError, _tell_unreadable)
    api.add_exception_handler(HTTPException, _tell_plainly)
    api.add_middleware(Shell, tell=told)
    describe(api)
    return api


def told(error: PodProxierError) -> JSONResponse:
    """Tell of an error."""
    problem = problem_of(error)
    return answer(problem, _CHALLENGE if problem.status == HTTPStatus.UNAUTHORIZED else None)


async def _tell(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, PodProxierError):
        raise error
    if isinstance(error, Unknown):
        note_turned_away(request, error)
    if isinstance(error, OutsideError):
        log.warning("rest.put_off", path=request.url.path, error=type(error).__name__, message=str(error))
    return told(error)


async def _tell_unreadable(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    mistakes = [Mistake(where=_where(one), what=one["msg"]) for one in error.errors()]
    words = "; ".join(f"{mistake.where}: {mistake.what}" for mistake in mistakes)
    problem = plain_problem(HTTPStatus.UNPROCESSABLE_ENTITY, words, mistakes)
    if mistakes[0].where == "body" and "json" not in request.headers.get("content-type", "").lower():
        problem.hint = "send JSON, and say so: Content-Type: application/json"  # `curl -d` calls it a form
    return answer(problem)


def _where(error: Any) -> str:
    return ".".join(str(step) for step in error["loc"])


async def _tell_plainly(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    words = f"{request.method} {request.url.path}: {error.detail}"
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # Starlette knows of one route at a time
        headers = {"Allow": ", ".join(methods_of(request.app, request.scope["path"]))}
    unreadable = error.status_code == HTTPStatus.BAD_REQUEST  # FastAPI's word for a body that is not even text
    status = HTTPStatus.UNPROCESSABLE_ENTITY if unreadable else error.status_code
    return answer(plain_problem(status, words), headers)
