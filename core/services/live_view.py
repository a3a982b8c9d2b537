"""The live mappings, kept at hand: of a thousand, only those that have changed are read again."""

from collections.abc import Sequence
from typing import Final

from core.domain.mapping import Mapping, MappingId
from core.interfaces import UnitOfWork
from core.services.transactions import Transactions

_ONE_BY_ONE: Final = 20
"""Up to so many are read one by one; beyond, all of them at once."""


class LiveView:
    """What the rows say: the database is asked each time, but only for what is not known already."""

    def __init__(self) -> None:
        self._known: dict[MappingId, Mapping] = {}

    def note(self, mapping: Mapping) -> None:
        """Remember a mapping as it was committed just now, which saves reading it."""
        known = self._known.get(mapping.id)
        if mapping.live and (known is None or known.version < mapping.version):
            self._known[mapping.id] = mapping

    async def read(self, transactions: Transactions) -> Sequence[Mapping]:
        """Say what is live now, by id.

        Raises:
            StorageUnavailable: the database does not tell.
        """
        self._known = await transactions.read(self._refreshed)
        return list(self._known.values())

    async def _refreshed(self, uow: UnitOfWork) -> dict[MappingId, Mapping]:
        versions = await uow.mappings.live_versions()
        known = {id_: mapping for id_, mapping in self._known.items() if versions.get(id_) == mapping.version}
        missing = versions.keys() - known.keys()
        if len(missing) > _ONE_BY_ONE:
            known = {mapping.id: mapping for mapping in await uow.mappings.live()}
        else:
            known |= {id_: await uow.mappings.get(id_) for id_ in missing}
        return {id_: known[id_] for id_ in sorted(versions)}
