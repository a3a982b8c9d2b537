"""The application of V1, mounted at ``/api/v1``: parse, call, answer by the envelope."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.api.asgi import Shell
from bot.api.callers import note_turned_away
from bot.api.errors import ScopeMissing, Unknown
from bot.api.tokens import Scope
from bot.api.v1.envelope import SUCCEEDED, Code, envelope, failed
from bot.api.v1.guard import Guard
from bot.api.v1.reading import read_fields, read_pod, read_wanted
from core.domain.direct import admit_directly
from core.domain.errors import PodNotFound, PodProxierError
from core.domain.mapping import Mapping, show_id
from core.domain.policy import Policy
from core.domain.target import Target
from core.domain.ttl import format_ttl
from core.interfaces import Cluster
from core.services.direct import Direct, Opened

log = structlog.get_logger(__name__)

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="pod-proxier"'}


@dataclass(frozen=True, slots=True)
class Previous:
    """What the previous service's API needs.

    Attributes:
        host: that people connect to.
    """

    direct: Direct
    cluster: Cluster
    policy: Callable[[], Policy]
    host: str


def make_v1(previous: Previous, guard: Guard) -> ASGIApp:
    """Build it, for those whom this guard lets in."""

    async def post(request: Request) -> Response:
        caller = guard.let_in(request, Scope.REQUEST)
        wanted = read_wanted(await read_fields(request))
        opened = await previous.direct.open(wanted.target, wanted.ttl, caller.acting, own_port=wanted.own_port)
        return _opened(opened, previous.host)

    async def get(request: Request) -> Response:
        guard.let_in(request, Scope.REQUEST, Scope.READ)
        return await _look(read_pod(request.query_params), previous)

    return Starlette(
        routes=[Route("/mapping", post, methods=["POST"]), Route("/mapping", get, methods=["GET"])],
        middleware=[Middleware(Shell, tell=told)],
        exception_handlers={PodProxierError: _tell, HTTPException: _tell_plainly},
    )


def told(error: PodProxierError) -> Response:
    """Tell of an error; the status is another one than 200 only where we do not know who calls, or what they may."""
    if isinstance(error, Unknown):
        return failed(error, HTTPStatus.UNAUTHORIZED, headers=_CHALLENGE)
    return failed(error, HTTPStatus.FORBIDDEN if isinstance(error, ScopeMissing) else HTTPStatus.OK)


async def _tell(request: Request, error: Exception) -> Response:
    if not isinstance(error, PodProxierError):
        raise error
    if isinstance(error, Unknown):
        note_turned_away(request, error)
    else:
        log.info("v1.refused", path=request.url.path, error=type(error).__name__, message=str(error))
    return told(error)


async def _tell_plainly(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return envelope(Code.FAILED, error.detail, status=HTTPStatus(error.status_code), headers=error.headers)


# -- answers ----------------------------------------------------------------------------------------------------------


def _opened(opened: Opened, host: str) -> Response:
    mapping, replaced, cut_to = opened.mapping, opened.replaced, opened.cut_to
    until = mapping.expires_at.isoformat().replace("+00:00", "Z") if mapping.expires_at else None
    data: dict[str, Any] = {"host": host, "port": mapping.port, "id": show_id(mapping.id), "until": until}
    words = [SUCCEEDED]
    if cut_to is not None:
        data["cut_to"] = int(cut_to.total_seconds())
        words.append(f"the time is cut to {format_ttl(cut_to)}, the longest there is here")
    if replaced is not None:
        data["replaced"] = _replaced(replaced)
        words.append(f"{show_id(replaced.id)}, which led to {replaced.target}, is closed for it")
    return envelope(Code.DONE, "; ".join(words), data)


def _replaced(mapping: Mapping) -> dict[str, str]:
    return {"id": show_id(mapping.id), "target": str(mapping.target), "requester": str(mapping.requester)}


async def _look(target: Target, previous: Previous) -> Response:
    """Say whether a pod is there, where V1 may be used."""
    admit_directly(previous.policy(), target.namespace)
    try:
        await previous.cluster.pod(target.pod)
    except PodNotFound:
        return envelope(Code.NO_POD, "Not found the pod.", str(target.pod))
    return envelope(Code.DONE, SUCCEEDED)
