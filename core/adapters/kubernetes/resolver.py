"""Pods, asked for one by one or by namespace."""

from collections.abc import Sequence
from urllib.parse import quote

from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.failures import Call, Expired, translated
from core.adapters.kubernetes.listing import pages
from core.adapters.kubernetes.resources import PODS, pods_of
from core.domain.pod import Pod
from core.domain.target import PodRef


class Resolver:
    """Reads pods. Raises what ``Connection`` raises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now.

        Raises:
            PodNotFound: there is none of that name.
        """
        path = f"{PODS.path(ref.namespace)}/{quote(ref.name, safe='')}"
        body = await self._connection.read(Call("get", PODS.name, ref.namespace, path, name=ref.name))
        with translated(self._connection.where):
            return PODS.reading.one(body)

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's pods, sorted by name."""
        try:
            found = await self._listed(namespace)
        except Expired:  # the list's snapshot went while we turned its pages: once more, from the first
            found = await self._listed(namespace)
        return sorted(found, key=lambda pod: pod.ref.name)

    async def _listed(self, namespace: str) -> list[Pod]:
        return [pod async for page in pages(self._connection, pods_of(namespace)) for pod in page.items]
