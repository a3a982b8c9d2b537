from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from core.adapters.database.tables import inbox
from core.adapters.database.transaction import Transaction
from core.domain.errors import AlreadyDelivered

MEMORY: Final = timedelta(hours=1)
_TIDY_EVERY: Final = timedelta(minutes=1)


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
            await transaction.write(delete(inbox).where(inbox.c.at < now - MEMORY))
            self._tidied = now
        key = transaction.insert(inbox).values(delivery=delivery, at=now)
        taken = key.on_conflict_do_update(
            index_elements=[inbox.c.delivery], set_={"at": now}, where=inbox.c.at < now - MEMORY
        )
        if not await transaction.write(taken):
            raise AlreadyDelivered(delivery)
