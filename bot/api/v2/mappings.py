"""``/mappings``: parse, call, show."""

from collections.abc import Mapping as Dict
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Response

from bot.api.callers import Caller
from bot.api.paths import V2
from bot.api.tokens import Scope
from bot.api.v2.guard import Anybody, Approver, Asker, Reader, TheRest
from bot.api.v2.models import CreateMapping, Decide, ExtendMapping, Mapping, MappingPage
from bot.api.v2.openapi import problems
from bot.api.v2.parameters import Key, TheId, Wait, Wanted
from bot.api.v2.reading import read_ask
from bot.api.v2.rest import Rest
from bot.api.v2.showing import shown
from core.domain import mapping as domain
from core.domain.mapping import MappingId, Reference, Terms, show_id
from core.domain.states import State
from core.domain.ttl import parse_ttl
from core.services.queries import Row
from core.services.waiting import wait_until

router = APIRouter(prefix="/mappings", tags=["mappings"])

_PENDING: Final = frozenset({State.REQUESTED, State.APPROVED})
_LOCATION: Final[Dict[str, Any]] = {
    "headers": {"Location": {"description": "where it can be read", "schema": {"type": "string"}}}
}


@router.get("", summary="List mappings, newest first", responses=problems(401, 403, 422, 503))
async def list_mappings(rest: TheRest, caller: Reader, wanted: Wanted) -> MappingPage:
    """Takes the scope `read`. Hidden from people are targets that they could neither ask for nor decide about."""
    page = await rest.queries.page(caller.who, wanted.filter, wanted.limit, wanted.after)
    policy = rest.policy()
    items = [shown(row, policy, rest.host) for row in page.rows]
    return MappingPage(items=items, next=show_id(page.next) if page.next is not None else None)


@router.post(
    "",
    summary="Ask for a mapping",
    status_code=201,
    responses={
        201: {"description": "It is asked for", **_LOCATION},
        200: {"description": "It was asked for before", "model": Mapping, **_LOCATION},
        **problems(401, 403, 408, 409, 413, 422, 503),
    },
)
async def create_mapping(
    rest: TheRest, caller: Asker, body: CreateMapping, response: Response, key: Key = None
) -> Mapping:
    """Takes the scope `request`. It needs the approvals that the policy's rule says; `wait` for them by reading it."""
    made = await rest.access.request(read_ask(body), caller.acting, None, key=key)
    response.status_code = 200 if made.known else 201
    response.headers["Location"] = f"{V2}/mappings/{show_id(made.mapping.id)}"
    return _show(rest, made.mapping)


@router.get("/{mapping_id}", summary="Read a mapping", responses=problems(401, 403, 404, 422, 503))
async def read_mapping(rest: TheRest, caller: Reader, mapping_id: TheId, wait: Wait = 0) -> Mapping:
    """Takes the scope `read`. With `wait` it answers when the mapping is open or has come to nothing, or in the end."""
    if wait:
        await _settle(rest, mapping_id, wait)
    return shown(await rest.queries.one(caller.who, Reference(mapping_id=mapping_id)), rest.policy(), rest.host)


@router.post(
    "/{mapping_id}/extend", summary="Ask for more time", responses=problems(401, 403, 404, 408, 409, 413, 422, 503)
)
async def extend_mapping(rest: TheRest, caller: Anybody, mapping_id: TheId, body: ExtendMapping) -> Mapping:
    """Takes the scope `request` for one's own, and `operate` for anybody else's."""
    by = parse_ttl(body.by)
    await _check_touching(rest, caller, mapping_id)
    return _show(rest, await rest.access.extend(Reference(mapping_id=mapping_id), by, caller.acting))


@router.post("/{mapping_id}/close", summary="End a mapping now", responses=problems(401, 403, 404, 409, 422, 503))
async def close_mapping(rest: TheRest, caller: Anybody, mapping_id: TheId) -> Mapping:
    """Takes back a request, or cuts what is open. Takes `request` for one's own, and `operate` for anybody else's."""
    await _check_touching(rest, caller, mapping_id)
    return _show(rest, await rest.access.close(Reference(mapping_id=mapping_id), caller.acting))


@router.post("/{mapping_id}/approve", summary="Agree", responses=problems(401, 403, 404, 408, 409, 413, 422, 503))
async def approve_mapping(rest: TheRest, caller: Approver, mapping_id: TheId, body: Decide | None = None) -> Mapping:
    """To the request, or to more time where that is asked for. Takes the scope `approve`, and a token of a user's."""
    terms = _terms(body)
    if await _wants_more_time(rest, mapping_id):
        return _show(rest, await rest.access.approve_extension(mapping_id, caller.acting, terms))
    return _show(rest, await rest.access.approve(mapping_id, caller.acting, terms))


@router.post("/{mapping_id}/deny", summary="Say no", responses=problems(401, 403, 404, 409, 422, 503))
async def deny_mapping(rest: TheRest, caller: Approver, mapping_id: TheId) -> Mapping:
    """To the request, or to more time where that is asked for. Takes the scope `approve`, and a token of a user's."""
    if await _wants_more_time(rest, mapping_id):
        return _show(rest, await rest.access.deny_extension(mapping_id, caller.acting))
    return _show(rest, await rest.access.deny(mapping_id, caller.acting))


# -- parts ------------------------------------------------------------------------------------------------------------


async def _check_touching(rest: Rest, caller: Caller, mapping_id: MappingId) -> None:
    """See that the token is good for a mapping of one's own, or of somebody else's."""
    if Scope.OPERATE in caller.scopes:
        return
    caller.need(Scope.REQUEST)
    mapping = await rest.access.get(mapping_id)
    if mapping.requester != caller.who:
        caller.need(Scope.OPERATE, "what others asked for")


async def _settle(rest: Rest, mapping_id: MappingId, seconds: int) -> None:
    """Wait until it is neither requested nor approved any more, until the time is up, or we are to stop."""

    def is_settled(mapping: domain.Mapping) -> bool:
        return mapping.state not in _PENDING or rest.stopping.is_set()

    await wait_until(is_settled, mapping_id, timedelta(seconds=seconds), rest.transactions)


async def _wants_more_time(rest: Rest, mapping_id: MappingId) -> bool:
    mapping = await rest.access.get(mapping_id)
    return mapping.state is State.OPEN and mapping.extension is not None


def _terms(body: Decide | None) -> Terms | None:
    return Terms(body.terms) if body is not None and body.terms is not None else None


def _show(rest: Rest, mapping: domain.Mapping) -> Mapping:
    return shown(Row(mapping), rest.policy(), rest.host)
