"""``/freeze``, ``/thaw``, ``/revoke-all``: stop everything, and let it go on."""

from fastapi import APIRouter

from bot.api.v2.guard import Operator, TheRest
from bot.api.v2.models import FreezeAll, Frozen, RevokeAll, Revoked
from bot.api.v2.openapi import problems
from core.domain.freezing import Freeze
from core.domain.mapping import show_id

router = APIRouter(tags=["brakes"])


@router.post("/freeze", summary="Revoke everything, and have nothing opened", responses=problems(401, 403, 422, 503))
async def freeze_everything(rest: TheRest, caller: Operator, body: FreezeAll | None = None) -> Frozen:
    """Takes the scope `operate`. Until it is thawed nothing is asked for, approved, extended or opened."""
    done = await rest.brakes.freeze(body.reason if body else "", caller.acting)
    return _show(done.freeze, [show_id(mapping.id) for mapping in done.revoked])


@router.post("/thaw", summary="Let everything go on", responses=problems(401, 403, 503))
async def thaw_everything(rest: TheRest, caller: Operator) -> Frozen:
    """Takes the scope `operate`. What was revoked stays closed. Brings the freeze that was lifted, if there was one."""
    return _show(await rest.brakes.thaw(caller.acting), [], frozen=False)


@router.post("/revoke-all", summary="Revoke what there is", responses=problems(401, 403, 422, 503))
async def revoke_everything(rest: TheRest, caller: Operator, body: RevokeAll | None = None) -> Revoked:
    """Takes the scope `operate`. Everywhere, or in one namespace; new requests are taken as before."""
    done = await rest.brakes.revoke_all(body.namespace if body else None, caller.acting)
    return Revoked(revoked=[show_id(mapping.id) for mapping in done])


def _show(freeze: Freeze | None, revoked: list[str], *, frozen: bool = True) -> Frozen:
    if freeze is None:
        return Frozen(frozen=False, by=None, since=None, reason="", revoked=revoked)
    return Frozen(frozen=frozen, by=str(freeze.by), since=freeze.at, reason=freeze.reason, revoked=revoked)
