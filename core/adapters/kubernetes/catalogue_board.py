"""What is known of the followed namespaces' Services, between who finds out and who wants to know."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Final

from core.adapters.kubernetes.news import News
from core.domain.service import Catalogue, Service, ServiceRef

SPACING: Final = 0.2
"""Seconds between two pictures at least; what changes in between is in the next one."""


class CatalogueBoard:
    """The last known Services of each followed namespace that was read in full.

    A reader that is slow misses pictures, never the last one; the memory it takes is bounded by what is followed.
    """

    def __init__(self, spacing: float = SPACING) -> None:
        self._spacing = spacing
        self._followed: frozenset[str] = frozenset()
        self._known: dict[str, dict[ServiceRef, Service]] = {}
        self._news = News()

    @property
    def followed(self) -> frozenset[str]:
        """The namespaces to report on."""
        return self._followed

    def follow(self, namespaces: Collection[str]) -> None:
        """Report on these and no others; what is known of the others is forgotten."""
        self._followed = frozenset(namespaces)
        self._known = {name: services for name, services in self._known.items() if name in self._followed}
        self._news.tell()

    def knows(self, namespace: str) -> bool:
        """Whether a followed namespace was read in full."""
        return namespace in self._known

    def report(self, ref: ServiceRef, service: Service | None) -> None:
        """Take in what one Service is like now; of a namespace that was not read yet nothing is taken in."""
        known = self._known.get(ref.namespace)
        if known is None or known.get(ref) == service:
            return
        if service is None:
            del known[ref]
        else:
            known[ref] = service
        self._news.tell()

    def report_all(self, namespace: str, services: Iterable[Service]) -> None:
        """Take in all there are in a namespace."""
        if namespace in self._followed:
            self._known[namespace] = {service.ref: service for service in services}
            self._news.tell()

    def break_off(self, exc: BaseException) -> None:
        """Let the reader have an error of our own, instead of silence for ever."""
        self._news.break_off(exc)

    async def catalogues(self) -> AsyncIterator[Catalogue]:
        """Yield the present picture, unless nothing is known, then every one that differs from the last, for ever."""
        told = Catalogue()
        self._news.tell()
        while True:
            await self._news.wait()
            picture = self._picture()
            if picture != told:
                told = picture
                yield picture
                await asyncio.sleep(self._spacing)

    def _picture(self) -> Catalogue:
        services = {ref: service for known in self._known.values() for ref, service in known.items()}
        return Catalogue(services, frozenset(self._known))
