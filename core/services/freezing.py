"""What a freeze means for every transaction, and revoking in batches."""

from collections.abc import Awaitable, Callable
from typing import Final

from core.domain.freezing import Frozen, Sweep
from core.domain.mapping import Mapping
from core.interfaces import UnitOfWork
from core.services.transactions import Ledger, Transactions

BATCH: Final = 100
"""Mappings that are revoked in one transaction; others have their turn in between."""


async def check_thawed(uow: UnitOfWork) -> None:
    """Check that nothing is frozen, in the transaction that would open, grant or extend something.

    Raises:
        Frozen: it is; carries by whom and why.
    """
    freeze = await uow.freezes.current()
    if freeze is not None:
        raise Frozen(freeze)


async def revoke_all(
    sweep: Sweep,
    transactions: Transactions,
    *,
    first: Callable[[Ledger], Awaitable[None]] | None = None,
    delivery: str | None = None,
) -> list[Mapping]:
    """Revoke everything that a sweep takes, in batches; returns what was revoked.

    Args:
        sweep: says what.
        transactions: to revoke with.
        first: done in the first batch's transaction, before it.
        delivery: of the payload that brought this about.
    """

    async def work(ledger: Ledger) -> list[Mapping]:
        if first is not None:
            await first(ledger)
        return await _batch(sweep, transactions, ledger)

    revoked = last = await transactions.commit(work, delivery=delivery)
    while len(last) == BATCH:
        last = await transactions.commit(lambda ledger: _batch(sweep, transactions, ledger))
        revoked = [*revoked, *last]
    return revoked


async def _batch(sweep: Sweep, transactions: Transactions, ledger: Ledger) -> list[Mapping]:
    now = transactions.clock.now()
    there = [mapping for mapping in await ledger.uow.mappings.live() if sweep.takes(mapping)]
    return [await ledger.record(sweep.revoke(mapping, now)) for mapping in there[:BATCH]]
