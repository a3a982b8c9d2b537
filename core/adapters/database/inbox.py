from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete

from core.adapters.database.engine import insert_into
from core.adapters.database.statements import Statement
from core.adapters.database.tables import inbox
from core.adapters.database.transaction import Transaction
from core.domain.errors import AlreadyDelivered

MEMORY: Final = timedelta(hours=1)
_TIDY_EVERY: Final = timedelta(minutes=1)
_FORGET: Final = Statement(delete(inbox).where(inbox.c.at < bindparam("forgotten")))


class Inbox:
    """Keys of deliveries, each taken once; those older than an hour are forgotten, and swept out now and then."""

    def __init__(self) -> None:
        self._tidied: datetime | None = None

    async def take(self, transaction: Transaction, delivery: str, now: datetime) -> None:
        """Write a key down.

        Raises:
            AlreadyDelivered: it is there already.
        """
        if self._tidied is None or now - self._tidied >= _TIDY_EVERY:
            await transaction.write(_FORGET, {"forgotten": now - MEMORY})
            self._tidied = now
        values = {"delivery": delivery, "at": now, "forgotten": now - MEMORY}
        if not await transaction.write(_take(transaction.backend), values):
            raise AlreadyDelivered(delivery)


@cache
def _take(backend: str) -> Statement:
    key = insert_into(inbox, backend)
    forgotten = inbox.c.at < bindparam("forgotten")
    return Statement(
        key.on_conflict_do_update(index_elements=[inbox.c.delivery], set_={"at": key.excluded.at}, where=forgotten)
    )
