"""``/services``: which Service has which standing port."""

from fastapi import APIRouter

from bot.api.v2.guard import Reader, TheRest
from bot.api.v2.models import Service, ServiceList
from bot.api.v2.openapi import problems
from core.domain.standing import StandingPort

router = APIRouter(prefix="/services", tags=["services"])


@router.get("", summary="List the standing ports of Services", responses=problems(401, 403, 503))
async def list_services(rest: TheRest, caller: Reader) -> ServiceList:
    """Takes the scope `read`. There are some with `--enable-v2` alone; a person sees those that are their business."""
    rows = await rest.queries.services(caller.who)
    return ServiceList(items=[_show(row.standing, rest.host) for row in rows if not row.hidden])


def _show(row: StandingPort, host: str) -> Service:
    return Service(
        namespace=row.service.namespace,
        name=row.service.name,
        port=row.port,
        host=host,
        endpoint=str(row.endpoint) if row.endpoint else None,
        headless=row.headless,
        since=row.since,
        leaving=row.leaving,
    )
