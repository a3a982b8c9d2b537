"""What other processes committed: rung here as if it had been committed here."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from core.domain.errors import StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.domain.record import AuditEntry
from core.interfaces import Changes, UnitOfWork
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)

SETTLE: Final = 0.05
"""Seconds to wait for more: what this process committed rings as well, and is at work just then."""
_PAGE: Final = 500


class OthersCommits:
    """Reads the record from where it stood, whenever somebody commits; every change of a mapping is in there."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._rung: dict[MappingId, int] = {}

    async def run(self, transactions: Transactions) -> None:
        """Ring the bell for every mapping that others changed, until cancelled."""
        commits = self._changes.commits()  # before the record is read, or what is committed meanwhile is missed
        with transactions.bell.listening(self._note):
            cursor = await transactions.read(_latest)
            async for _ in commits:
                await asyncio.sleep(SETTLE)
                try:
                    cursor = await self._ring_since(cursor, transactions)
                except StorageUnavailable as exc:
                    log.warning("changes.storage_unavailable", message=str(exc))

    def _note(self, mapping: Mapping) -> None:
        """Remember what was rung; a mapping that is over is rung once too often, which is harmless."""
        if mapping.live:
            self._rung[mapping.id] = mapping.version
        else:
            self._rung.pop(mapping.id, None)

    async def _ring_since(self, cursor: int, transactions: Transactions) -> int:
        while True:
            entries, changed = await transactions.read(partial(_changed_since, cursor))
            for mapping in changed:
                if self._rung.get(mapping.id, 0) < mapping.version:
                    transactions.bell.ring(mapping)
            cursor = entries[-1].id if entries else cursor
            if len(entries) < _PAGE:
                return cursor


async def _latest(uow: UnitOfWork) -> int:
    entries = await uow.audit.latest(1)
    return entries[0].id if entries else 0


async def _changed_since(cursor: int, uow: UnitOfWork) -> tuple[Sequence[AuditEntry], Sequence[Mapping]]:
    """Read the next entries, and the mappings that they changed; a refusal may name one that never was."""
    entries = await uow.audit.since(cursor, _PAGE)
    ids = {entry.mapping_id for entry in entries if entry.mapping_id is not None and entry.after is not None}
    return entries, [await uow.mappings.get(mapping_id) for mapping_id in sorted(ids)]
