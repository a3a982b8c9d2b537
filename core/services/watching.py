"""The pods behind live mappings: gone, replaced, finished, or moved to another address."""

import asyncio
from typing import Final

import structlog

from core.domain.errors import LostLease, LostRace, StorageUnavailable
from core.domain.mapping import Decision, Mapping, MappingId
from core.domain.pod import Pod
from core.domain.sighting import differs, seen
from core.domain.states import State
from core.domain.target import PodRef
from core.interfaces import Cluster, Sighting
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

AGAIN_AFTER: Final = 0.5
"""Seconds before a sighting that could not be decided on is asked for once more."""


class Watching:
    """Follows exactly the pods that live mappings are bound to.

    A cluster tells every followed pod anew whenever another one is followed. So that this costs nothing, each mapping
    is remembered as it was told last, and the database is asked only where a sighting says something new of it.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._bound: dict[PodRef, dict[MappingId, Mapping]] = {}

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
        if self._bind(mapping):
            self._follow()

    def _bind(self, mapping: Mapping) -> bool:
        """Remember a mapping, or forget it; returns whether other pods are to be followed now, or this one is news."""
        ref = mapping.target.pod
        known = self._bound.get(ref, {})
        if not mapping.live or mapping.state is State.CLOSING:
            known.pop(mapping.id, None)
            return not known and self._bound.pop(ref, None) is not None
        there = known.get(mapping.id)
        if there is None or there.version <= mapping.version:
            self._bound.setdefault(ref, known)[mapping.id] = mapping
        return there is None

    def _follow(self) -> None:
        self._cluster.follow(frozenset(self._bound))

    async def _seen(self, sighting: Sighting, transactions: Transactions) -> None:
        news = [m.id for m in self._bound.get(sighting.ref, {}).values() if differs(m, sighting.pod)]
        try:
            for mapping_id in news:
                await self._decide(mapping_id, sighting.pod, transactions)
        except (LostRace, StorageUnavailable) as exc:
            log.warning("watching.decide_failed", pod=str(sighting.ref), error=type(exc).__name__)
            await asyncio.sleep(AGAIN_AFTER)
            self._follow()  # has the pod told once more
        except LostLease:
            raise
        except Exception:  # a defect that one pod meets must not keep the others from being seen
            log.exception("watching.decide_broke", pod=str(sighting.ref))

    async def _decide(self, mapping_id: MappingId, pod: Pod | None, transactions: Transactions) -> None:
        async def work(ledger: Ledger) -> Decision | None:
            mapping = await ledger.uow.mappings.get(mapping_id)
            decision = seen(mapping, pod, transactions.clock.now())
            if decision is not None:
                await ledger.record(decision)
            else:
                self._note(mapping)  # what was remembered is out of date
            return decision

        brought = await transactions.commit(work)
        if brought is not None:
            log.info("mapping.pod_seen", id=mapping_id, what=brought.event.value, **brought.detail)
