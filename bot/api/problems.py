"""Every error as problem details (RFC 9457): what is wrong, and what would work."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import singledispatch
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bot.api.errors import Defect, ScopeMissing, TooLarge, TooSlow, Unknown, WorkspaceUnknown
from core.domain import errors, refusals
from core.domain.direct import EntryBusy, OpenFailed
from core.domain.errors import BadInput, OutsideError, PodProxierError
from core.domain.mapping import Stale, WrongState
from core.domain.port_pool import NoFreePort
from core.domain.quotas import QuotaReached

MEDIA_TYPE: Final = "application/problem+json"
_URN: Final = "urn:pod-proxier:problem:"
_WORDS: Final = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a word begins in the name of a class."""
_STATUSES: Final[Mapping[type[Exception], HTTPStatus]] = {
    Unknown: HTTPStatus.UNAUTHORIZED,
    ScopeMissing: HTTPStatus.FORBIDDEN,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    Defect: HTTPStatus.INTERNAL_SERVER_ERROR,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NoSuchMapping: HTTPStatus.NOT_FOUND,
    errors.LostRace: HTTPStatus.CONFLICT,
    WrongState: HTTPStatus.CONFLICT,
    Stale: HTTPStatus.CONFLICT,
    NoFreePort: HTTPStatus.CONFLICT,
    QuotaReached: HTTPStatus.CONFLICT,
    refusals.TargetChanged: HTTPStatus.CONFLICT,
    refusals.KeyReused: HTTPStatus.CONFLICT,
    refusals.Refused: HTTPStatus.FORBIDDEN,
    PodProxierError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""By the class that is nearest to an error's own; what is not known better is away for the moment."""


class Mistake(BaseModel):
    """One thing that cannot be read."""

    where: str = Field(description="the part of the request", examples=["body.target"])
    what: str = Field(description="what is wrong with it", examples=["Field required"])


class Problem(BaseModel):
    """Why it was not done (RFC 9457)."""

    type: str = Field(description="names the kind of problem for programs", examples=[f"{_URN}no-such-pod"])
    title: str = Field(description="the kind of problem, for people", examples=["No such pod"])
    status: int = Field(description="the HTTP status", examples=[403])
    detail: str = Field(description="this problem, for people", examples=["there is no pod payments/api-9"])
    hint: str | None = Field(default=None, description="what would work", examples=["add a port, by number or by name"])
    example: str | None = Field(default=None, description="a value that would do", examples=["payments/api-0"])
    errors: list[Mistake] | None = Field(default=None, description="each part that cannot be read")


def problem_of(error: PodProxierError) -> Problem:
    """Put an error into words."""
    words = _WORDS.sub(" ", type(error).__name__)
    hint, example = advice(error)
    return Problem(
        type=_URN + words.lower().replace(" ", "-"),
        title=words.capitalize(),
        status=status_of(error),
        detail=detail(error),
        hint=hint or None,
        example=example or None,
    )


def plain_problem(status: int, words: str, mistakes: Sequence[Mistake] = ()) -> Problem:
    """Tell what the status alone says already."""
    title = HTTPStatus(status).phrase
    return Problem(type="about:blank", title=title, status=status, detail=words, errors=list(mistakes) or None)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Make it the answer."""
    content: dict[str, Any] = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers=headers, media_type=MEDIA_TYPE)


def status_of(error: PodProxierError) -> HTTPStatus:
    """Say which HTTP status an error has."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


# -- words ------------------------------------------------------------------------------------------------------------


@singledispatch
def detail(error: PodProxierError) -> str:
    """Say what is wrong."""
    return str(error)


@detail.register
def _(error: OutsideError) -> str:
    """Addresses and answers of machines are for the log."""
    return f"{_WHAT_IS_AWAY.get(_kind_of(error), 'something that Pod-Proxier depends on')} does not do its part now"


@detail.register(errors.ClusterForbidden)
@detail.register(WorkspaceUnknown)
@detail.register(OpenFailed)
@detail.register(EntryBusy)
def _(error: OutsideError) -> str:
    """These hold nothing but what the caller has to know."""
    return str(error)


_WHAT_IS_AWAY: Final[Mapping[type[Exception], str]] = {
    errors.ClusterError: "the Kubernetes API",
    errors.GatewayError: "the gateway",
    errors.DirectoryUnreachable: "Slack, which knows who you are,",
    errors.StorageUnavailable: "the database",
}


def _kind_of(error: OutsideError) -> type[Exception]:
    return next((kind for kind in type(error).__mro__ if kind in _WHAT_IS_AWAY), Exception)


@singledispatch
def advice(error: PodProxierError) -> tuple[str, str]:
    """Say what would work: in words, and as a value; "" for none."""
    return error.hint, ""


@advice.register
def _(error: BadInput) -> tuple[str, str]:
    return "", error.hint


@advice.register
def _(error: errors.NoSuchMapping) -> tuple[str, str]:
    del error
    return "GET /api/v2/mappings lists what there is", ""


@advice.register
def _(error: OutsideError) -> tuple[str, str]:
    return error.hint or "nothing was done; trying again in a moment may help", ""


@advice.register
def _(error: errors.LostRace) -> tuple[str, str]:
    del error
    return "somebody else was faster, and nothing was done; try it again", ""


@advice.register
def _(error: Stale) -> tuple[str, str]:
    return f"look at it again; its terms are {error.mapping.terms} now", ""


@advice.register(refusals.SourceRequired)
@advice.register(refusals.NoSourceByIpv4)
def _(error: refusals.Refused) -> tuple[str, str]:
    del error
    return "say from where you connect, by IPv4", '"sources": ["10.1.2.3"]'


@advice.register
def _(error: refusals.ReasonRequired) -> tuple[str, str]:
    return "say why", f'"reason": {json.dumps(error.reason)}'


@advice.register
def _(error: refusals.NoSuchPod) -> tuple[str, str]:
    near = [str(pod.ref) for pod in error.near]
    return (f"did you mean {' or '.join(near)}?", near[0]) if near else ("", "")


@advice.register(refusals.TtlTooLong)
@advice.register(refusals.OverLimit)
def _(error: refusals.Refused) -> tuple[str, str]:
    is_time = error.hint[:1].isdigit()
    return ("", error.hint) if is_time else (error.hint, "")
