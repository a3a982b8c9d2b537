"""Mappings, as holders of ports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from core.domain.mapping import Mapping as PortMapping
from core.domain.policy import Policy
from core.domain.route import Route
from core.domain.states import HOLDING
from core.interfaces import Gateway, Metrics
from core.services.converging import Converging
from core.services.holders import Reading
from core.services.live_view import LiveView
from core.services.plan import claims_of_mappings
from core.services.transactions import Transactions


class MappingPorts:
    """Knows which mappings hold a port, and has each looked at when the bell rings for it. Implements ``Holders``."""

    def __init__(self, gateway: Gateway, policy: Callable[[], Policy], metrics: Metrics) -> None:
        self._converging = Converging(gateway, policy, metrics)
        self._live = LiveView()

    @property
    def crowd(self) -> None:
        """Each of them comes by itself."""

    async def begin(self, transactions: Transactions) -> None:
        """Take up the work, under another lease."""
        self._transactions = transactions
        self._converging.begin(transactions)

    @contextmanager
    def waking(self, want: Callable[[int], None]) -> Iterator[None]:
        """Have a port looked at whenever its mapping changes."""

        def look(mapping: PortMapping) -> None:
            self._live.note(mapping)
            if mapping.port is not None and mapping.state in HOLDING:
                self._converging.note(mapping)
                want(mapping.port)

        with self._transactions.bell.listening(look):
            yield

    async def read(self, _: frozenset[int]) -> Reading:
        """Say what the mappings that hold a port ask for; one that is granted a port has it before all others."""
        live = await self._live.read(self._transactions)
        held = [mapping for mapping in live if mapping.state in HOLDING]
        return Reading(claims_of_mappings(held, self._transactions.clock.now()), partial(self._resynced, held))

    def _resynced(self, held: Sequence[PortMapping], served: Mapping[int, Route] | None, epoch: str) -> Iterator[int]:
        for mapping in self._converging.resynced(held, served, epoch):
            self._converging.note(mapping)
            if mapping.port is not None:
                yield mapping.port

    async def converge(self, port: int) -> bool:
        """Do what there is to do for the mapping that holds a port; ``False`` where none does."""
        return await self._converging.converge(port)
