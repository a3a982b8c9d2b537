"""Sees to it that nothing is open while everything is frozen; a duty of the engine."""

import asyncio
from typing import Final

from core.domain.freezing import Sweep
from core.services.freezing import revoke_all
from core.services.service_ports import ServicePorts
from core.services.transactions import Transactions

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at whether it is frozen."""


class Standstill:
    """Finishes what a process that died had begun to revoke, and has the Services' ports shut meanwhile.

    Args:
        services: where Services have ports.
    """

    def __init__(self, services: ServicePorts | None = None) -> None:
        self._services = services

    async def run(self, transactions: Transactions) -> None:
        """Look until cancelled, or until the lease is lost."""
        while True:
            await self.look(transactions)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self, transactions: Transactions) -> None:
        """Look once."""
        freeze = await transactions.read(lambda uow: uow.freezes.current())
        if self._services is not None:
            self._services.hold_shut(freeze is not None)
        if freeze is not None:
            await revoke_all(Sweep(freeze.by, freeze.reason), transactions)
