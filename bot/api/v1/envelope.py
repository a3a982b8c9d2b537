"""The envelope that every answer of V1 has; scripts read ``code``, people ``msg``."""

from collections.abc import Mapping
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import JSONResponse

from bot.api.problems import advice, detail
from core.domain.errors import PodProxierError

SUCCEEDED: Final = "operation succeeded"


class Code(IntEnum):
    """What became of it, as the service before this one numbered it."""

    DONE = 10000
    FAILED = 10001
    NO_POD = 40004


def envelope(
    code: Code,
    msg: str,
    data: Any = None,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Answer; what is empty is left out. The status is 200 but for whom we do not know."""
    told = {"code": int(code), "msg": msg, "data": data}
    return JSONResponse({key: value for key, value in told.items() if value}, status, headers=headers)


def failed(error: PodProxierError, status: HTTPStatus = HTTPStatus.OK, **how: Any) -> JSONResponse:
    """Say why it was not done, and what would work."""
    hint, example = advice(error)
    words = [detail(error), hint, f"for example {example}" if example else ""]
    return envelope(Code.FAILED, "; ".join(word for word in words if word), status=status, **how)
