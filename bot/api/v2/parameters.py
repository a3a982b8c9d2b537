"""What stands in paths, queries and headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Header, Path, Query, Request

from bot.api.v2.reading import read_cursor, read_id, read_requester, refuse_unknown
from core.domain.mapping import MappingId
from core.domain.states import State
from core.domain.target import MAX_PORT
from core.interfaces import Filter

LONGEST_WAIT: Final = 30
LARGEST_PAGE: Final = 500
USUAL_PAGE: Final = 50
_NAME: Final = "^[a-z0-9.-]{1,253}$"
_REQUESTER: Final = "^(slack:[!-.0-~]{1,40}/[!-~]{1,40}|rest:[!-~]{1,63})$"
_ID: Final = "^m?[1-9][0-9]{0,17}$"

Key: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="your own name for this request: the same within a day brings the same mapping, made once",
        examples=["build-4711"],
        pattern="^[!-~]{1,200}$",
    ),
]
Wait: TypeAlias = Annotated[
    int, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait while it is requested or approved", examples=[30])
]


async def _id(
    mapping_id: Annotated[str, Path(description="m42, or 42", examples=["m42"], json_schema_extra={"pattern": _ID})],
) -> MappingId:
    return read_id(mapping_id)


TheId: TypeAlias = Annotated[MappingId, Depends(_id)]


@dataclass(frozen=True, slots=True)
class Page:
    """Which mappings, and how many of them."""

    filter: Filter
    limit: int
    after: MappingId | None


_FILTERS: Final = ("state", "namespace", "name", "requester", "port", "live", "limit", "after")


async def _wanted(  # noqa: PLR0913 - each is a parameter of the query
    request: Request,
    *,
    state: Annotated[Sequence[State] | None, Query(description="any of these")] = None,
    namespace: Annotated[str | None, Query(pattern=_NAME, examples=["payments"])] = None,
    name: Annotated[str | None, Query(description="the pod's", pattern=_NAME, examples=["api-0"])] = None,
    requester: Annotated[str | None, Query(description="who asked", pattern=_REQUESTER, examples=["rest:ci"])] = None,
    port: Annotated[int | None, Query(ge=1, le=MAX_PORT, description="the listening one", examples=[10004])] = None,
    live: Annotated[bool | None, Query(description="whether something can still happen to it")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = USUAL_PAGE,
    after: Annotated[
        str | None,
        Query(description="`next` of the page before", examples=["m41"], json_schema_extra={"pattern": _ID}),
    ] = None,
) -> Page:
    refuse_unknown(request.query_params, _FILTERS)
    wanted = Filter(
        states=frozenset(state or ()),
        namespace=namespace,
        name=name,
        requester=read_requester(requester) if requester is not None else None,
        port=port,
        live=live,
    )
    return Page(wanted, limit, read_cursor(after) if after is not None else None)


Wanted: TypeAlias = Annotated[Page, Depends(_wanted)]
