from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from core.adapters.database.requesters import requester, team, user
from core.adapters.database.statements import Statement
from core.adapters.database.tables import freeze
from core.adapters.database.transaction import Transaction
from core.domain.freezing import Freeze

_THE_ONE: Final = 1
_CURRENT: Final = Statement(select(freeze))
_PUT: Final = Statement(freeze.insert())
_LIFT: Final = Statement(delete(freeze))


@dataclass(frozen=True, slots=True)
class SqlFreezes:
    """The freeze in force, as the one row that there may be."""

    transaction: Transaction

    async def current(self) -> Freeze | None:
        """Read it."""
        rows = await self.transaction.rows(_CURRENT)
        return Freeze(requester(rows[0].team, rows[0].requester), rows[0].at, rows[0].reason) if rows else None

    async def put(self, wanted: Freeze) -> None:
        """Write it down."""
        values = {"id": _THE_ONE, "team": team(wanted.by), "requester": user(wanted.by)}
        await self.transaction.write(_PUT, {**values, "at": wanted.at, "reason": wanted.reason})

    async def lift(self) -> None:
        """Take it out."""
        await self.transaction.write(_LIFT)
