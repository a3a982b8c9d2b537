"""Callers that the gateway turns away: counted by it, told in the thread of the mapping they came to."""

from collections.abc import Mapping as Dict

from core.domain import living
from core.domain.errors import NoSuchMapping
from core.domain.mapping import Reference
from core.domain.states import State
from core.domain.target import Address
from core.interfaces import Gateway
from core.services.transactions import Ledger, Transactions


class RefusedCallers:
    """Asks the gateway one question for all ports, and the database only about ports with news."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._epoch = ""
        self._told: dict[int, Dict[Address, int]] = {}

    def begin(self) -> None:
        """Take up the work, not knowing what others told."""
        self._told.clear()

    async def look(self, transactions: Transactions) -> None:
        """Tell what has not been told.

        Raises:
            LostRace, OutsideError: what was not told is told by the next look.
        """
        refused = await self._gateway.refused()
        if refused.epoch != self._epoch:
            self._told.clear()
        self._epoch = refused.epoch
        for port, counts in refused.by_port.items():
            if self._told.get(port) != counts and await self._tell(port, counts, transactions):
                self._told[port] = counts

    async def _tell(self, port: int, counts: Dict[Address, int], transactions: Transactions) -> bool:
        """Tell of one port; ``False`` where it is about to open, so that it has to be looked at once more."""
        epoch = self._epoch

        async def work(ledger: Ledger) -> bool:
            try:
                mapping = await ledger.uow.mappings.find(Reference(port=port))
            except NoSuchMapping:
                return True
            decision = living.callers_refused(mapping, epoch, counts, transactions.clock.now())
            if decision is not None:
                await ledger.record(decision)
            return mapping.state is not State.APPROVED

        return await transactions.commit(work)
