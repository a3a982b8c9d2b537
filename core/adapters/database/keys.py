from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, select

from core.adapters.database.engine import insert_into
from core.adapters.database.statements import Statement
from core.adapters.database.tables import request_keys
from core.adapters.database.transaction import Transaction
from core.domain.mapping import MappingId
from core.interfaces import KeyUse

MEMORY: Final = timedelta(days=1)
_GET: Final = Statement(
    select(request_keys).where(request_keys.c.key == bindparam("wanted"), request_keys.c.at >= bindparam("forgotten"))
)
_FORGET: Final = Statement(delete(request_keys).where(request_keys.c.at < bindparam("forgotten")))


@dataclass(frozen=True, slots=True)
class SqlKeys:
    """Keys of requests; those older than a day are forgotten, and swept out whenever another one comes."""

    transaction: Transaction

    async def get(self, key: str, now: datetime) -> KeyUse | None:
        """Read what came of a key."""
        rows = await self.transaction.rows(_GET, {"wanted": key, "forgotten": now - MEMORY})
        return KeyUse(MappingId(rows[0].mapping_id), rows[0].fingerprint, rows[0].at) if rows else None

    async def put(self, key: str, use: KeyUse) -> None:
        """Write down what came of a key."""
        await self.transaction.write(_FORGET, {"forgotten": use.at - MEMORY})
        values = {"key": key, "mapping_id": use.mapping_id, "fingerprint": use.fingerprint, "at": use.at}
        await self.transaction.write(_put(self.transaction.backend), values)


@cache
def _put(backend: str) -> Statement:
    return Statement(insert_into(request_keys, backend))
