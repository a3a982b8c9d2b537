"""Quotas, counted in the transaction that would add one more: two at once cannot both be the last."""

from collections.abc import Collection

from core.domain.mapping import Mapping, MappingId
from core.domain.people import Requester
from core.domain.policy import Policy
from core.domain.quotas import GRANTED, WAITING_OR_OPEN, Quotas
from core.domain.states import State
from core.interfaces import UnitOfWork


async def check_one_more(
    requester: Requester, namespace: str, policy: Policy, uow: UnitOfWork, *, leaving: MappingId | None = None
) -> None:
    """Check that somebody may ask for one more; what is ``leaving`` ends by it, and does not count.

    Raises:
        QuotaReached: they may not.
    """
    await _check(Quotas.of(policy, requester, namespace), policy, uow, WAITING_OR_OPEN, leaving)


async def check_grant(mapping: Mapping, policy: Policy, uow: UnitOfWork) -> None:
    """Check that a request may be granted beside what is open: there may be fewer by now than when it was asked for.

    Raises:
        QuotaReached: it may not; it goes on waiting.
    """
    quotas = Quotas.of(policy, mapping.requester, mapping.target.namespace)
    await _check(quotas, policy, uow, GRANTED, mapping.id)


async def _check(
    quotas: Quotas, policy: Policy, uow: UnitOfWork, states: Collection[State], but: MappingId | None
) -> None:
    if quotas.any:
        live = await uow.mappings.live(None if quotas.most_there is not None else quotas.requester)
        quotas.check((mapping for mapping in live if mapping.state in states and mapping.id != but), policy)
