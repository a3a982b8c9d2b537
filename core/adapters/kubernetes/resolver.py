"""Pods, asked for one by one or by namespace."""

from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import quote

from core.adapters.kubernetes import decoding
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.decoding import Page
from core.adapters.kubernetes.failures import Call, Expired, translated
from core.domain.pod import Pod
from core.domain.target import PodRef

PAGE_SIZE: Final = 500
"""Pods a request; what ``kubectl`` and client-go ask for."""


class Resolver:
    """Reads pods. Raises what ``Connection`` raises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now.

        Raises:
            PodNotFound: there is none of that name.
        """
        path = f"{pods_path(ref.namespace)}/{quote(ref.name, safe='')}"
        body = await self._connection.read(Call("get", "pods", ref.namespace, path, name=ref.name))
        with translated(self._connection.where):
            return decoding.pod(body)

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's pods, sorted by name."""
        try:
            found = [pod async for page in self.pages(namespace) for pod in page.pods]
        except Expired:  # the list's snapshot went while we turned its pages: once more, from the first
            found = [pod async for page in self.pages(namespace) for pod in page.pods]
        return sorted(found, key=lambda pod: pod.ref.name)

    async def pages(self, namespace: str, name: str | None = None) -> AsyncIterator[Page]:
        """List a namespace's pods, or the one of that name, page by page, all from one moment.

        Raises:
            Expired: that moment is too long ago; begin again.
        """
        query = [("limit", str(PAGE_SIZE)), *selector(name)]
        page = await self._page(namespace, query)
        yield page
        while page.continues:
            page = await self._page(namespace, [*query, ("continue", page.continues)])
            yield page

    async def _page(self, namespace: str, query: list[tuple[str, str]]) -> Page:
        body = await self._connection.read(Call("list", "pods", namespace, pods_path(namespace), query=tuple(query)))
        with translated(self._connection.where):
            return decoding.page(body)


def pods_path(namespace: str) -> str:
    """Return the path of a namespace's pods."""
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/pods"


def selector(name: str | None) -> list[tuple[str, str]]:
    """Return the part of a query that leaves only one pod; ``None`` leaves all."""
    return [] if name is None else [("fieldSelector", f"metadata.name={name}")]
