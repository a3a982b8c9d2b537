"""The rows of the standing ports, kept at hand by the one process that writes them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from core.domain.standing import Change, StandingPort, applied
from core.services.transactions import Transactions


class StandingRows:
    """Read once, and changed here as they are changed in the database; read again where that is in doubt.

    Nobody else writes them while this process holds the lease: what another one still tries fails by its fence. Whoever
    reads or changes them takes turns here, so that nothing that was read is older than what is known.
    """

    def __init__(self) -> None:
        self._rows: Mapping[int, StandingPort] = {}
        self._sure = False
        self._told = False
        self._turn = asyncio.Lock()
        self._listeners: list[Callable[[int], None]] = []

    async def begin(self) -> None:
        """Take up the work, not knowing what others wrote; what is read first is no news to anybody."""
        async with self._turn:
            self._rows, self._sure, self._told = {}, False, False

    @contextmanager
    def listening(self, listener: Callable[[int], None]) -> Iterator[None]:
        """Call this with every port whose row changes meanwhile; it must not block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def read(self, transactions: Transactions) -> Mapping[int, StandingPort]:
        """Say what there is, by port; a later change is not in it.

        Raises:
            StorageUnavailable: the database does not tell.
        """
        async with self._turn:
            return await self._read(transactions)

    @property
    def ports(self) -> Sequence[int]:
        """The ports that there are, as far as is known without a question."""
        return tuple(self._rows)

    def get(self, port: int) -> StandingPort | None:
        """Say what is known of one port, without a question."""
        return self._rows.get(port)

    async def commit(
        self, decide: Callable[[Mapping[int, StandingPort]], Sequence[Change]], transactions: Transactions
    ) -> Sequence[Change]:
        """Decide on what there is, and commit it; returns what was decided.

        Raises:
            LostRace: the rows were other than was known; what is decided next is decided on what there is.
            StorageUnavailable, LostLease: nothing was written.
        """
        async with self._turn:
            rows = await self._read(transactions)
            changes = decide(rows)
            if changes:
                self._sure = False  # where the answer is lost, nobody knows
                await transactions.commit(lambda ledger: ledger.uow.standing.record(changes))
                self._know({**rows, **applied(changes, rows)})
        return changes

    async def _read(self, transactions: Transactions) -> Mapping[int, StandingPort]:
        if not self._sure:
            rows = await transactions.read(lambda uow: uow.standing.all())
            self._know({row.port: row for row in rows})
        return self._rows

    def _know(self, rows: Mapping[int, StandingPort | None]) -> None:
        before, self._rows = self._rows, {port: row for port, row in rows.items() if row is not None}
        changed = {port for port in before.keys() | self._rows.keys() if before.get(port) != self._rows.get(port)}
        tell, self._sure, self._told = self._told, True, True
        for port in sorted(changed) if tell else ():
            for listener in tuple(self._listeners):
                listener(port)
