"""The pods behind live mappings: gone, replaced, finished, or moved to another address."""

import structlog

from core.domain import living
from core.domain.errors import LostRace, NoSuchMapping, StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.domain.pod import Pod
from core.domain.states import State
from core.domain.target import PodRef
from core.interfaces import Cluster, Sighting
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)


class Watching:
    """Follows exactly the pods that live mappings are bound to."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._bound: dict[MappingId, PodRef] = {}
        self._missed: set[PodRef] = set()

    async def run(self, transactions: Transactions) -> None:
        """Follow the pods of the rows, and decide on every sighting, until cancelled or the lease is lost."""
        self._bound.clear()
        with transactions.bell.listening(self._note):
            for mapping in await transactions.read(lambda uow: uow.mappings.live()):
                self._bind(mapping)
            self._follow()
            async for sighting in self._cluster.sightings():
                await self._seen(sighting, transactions)

    def _note(self, mapping: Mapping) -> None:
        before = dict(self._bound)
        self._bind(mapping)
        if before != self._bound:
            self._follow()

    def _bind(self, mapping: Mapping) -> None:
        if mapping.live and mapping.state is not State.CLOSING:
            self._bound[mapping.id] = mapping.target.pod
        else:
            self._bound.pop(mapping.id, None)

    def _follow(self) -> None:
        self._cluster.follow(frozenset(self._bound.values()))

    async def _seen(self, sighting: Sighting, transactions: Transactions) -> None:
        for mapping_id in [known for known, ref in self._bound.items() if ref == sighting.ref]:
            try:
                await self._decide(mapping_id, sighting.pod, transactions)
            except (LostRace, NoSuchMapping, StorageUnavailable) as exc:
                log.warning("watching.decide_failed", id=mapping_id, error=type(exc).__name__)
                self._follow()  # has the pod reported once more

    async def _decide(self, mapping_id: MappingId, pod: Pod | None, transactions: Transactions) -> None:
        async def work(ledger: Ledger) -> None:
            mapping = await ledger.uow.mappings.get(mapping_id)
            decision = living.seen(mapping, pod, transactions.clock.now())
            if decision is not None:
                await ledger.record(decision)
                log.info("mapping.pod_seen", id=mapping_id, what=decision.event.value, **decision.detail)

        await transactions.commit(work)
