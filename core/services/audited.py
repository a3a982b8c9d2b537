"""Refusals on their way to whoever asked: each leaves one entry in the audit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.domain.mapping import MappingId, Stale, WrongState
from core.domain.people import Requester
from core.domain.refusals import Refused, TargetChanged
from core.domain.target import Target
from core.interfaces import Refusal
from core.services.transactions import Transactions


@dataclass(slots=True)
class Attempt:
    """What somebody tries to do; what it is about is filled in as it becomes known.

    Attributes:
        what: the verb.
        delivery: dedupe key of the payload; ``None`` where the door has none.
    """

    what: str
    person: Requester
    delivery: str | None = None
    mapping_id: MappingId | None = None
    target: Target | None = None


@asynccontextmanager
async def audited(transactions: Transactions, attempt: Attempt) -> AsyncIterator[Attempt]:
    """Enter what is refused inside into the audit, and let it go on to whoever asked.

    What came too late changes nothing and makes no entry, but its delivery counts as taken too.

    Raises:
        AlreadyDelivered: the delivery was taken before; then nobody need be told.
    """
    try:
        yield attempt
    except TargetChanged:
        raise  # recorded as an event of the mapping
    except (WrongState, Stale):
        await transactions.take(attempt.delivery)
        raise
    except Refused as refused:
        detail = {"message": str(refused), "target": str(attempt.target) if attempt.target else None}
        why = type(refused).__name__
        refusal = Refusal(transactions.clock.now(), attempt.person, attempt.what, why, attempt.mapping_id, detail)
        await transactions.refuse(refusal, delivery=attempt.delivery)
        raise
