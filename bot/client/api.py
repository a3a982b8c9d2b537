"""The verbs of REST v2."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.client.connection import Connection, Params
from bot.client.errors import NotFound
from bot.client.models import Page, Told, read
from core.domain.mapping import Reference, show_id
from core.domain.request import Ask
from core.domain.ttl import format_ttl

MAPPINGS: Final = "mappings"
LARGEST_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which mappings to list; what is left empty does not count."""

    states: Sequence[str] = ()
    namespace: str | None = None
    name: str | None = None
    requester: str | None = None
    port: int | None = None
    live: bool | None = None

    @property
    def params(self) -> list[tuple[str, str]]:
        """It as a query."""
        single = {"namespace": self.namespace, "name": self.name, "requester": self.requester, "port": self.port}
        found = [("state", state) for state in self.states]
        found += [(key, str(value)) for key, value in single.items() if value is not None]
        return [*found, ("live", str(self.live).lower())] if self.live is not None else found


class Api:
    """Mappings, asked for and read over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, ask: Ask, key: str) -> Told:
        """Ask for a mapping; the same key asks only once."""
        return Told(await self._connection.post(MAPPINGS, _body(ask), key=key))

    async def mapping(self, name: str, *, wait: int = 0) -> Told:
        """Read one by its id; the server may wait for so many seconds until it is open or has come to nothing."""
        params: Params = [("wait", str(wait))] if wait else []
        return Told(await self._connection.get(f"{MAPPINGS}/{name}", params, more=wait))

    async def extend(self, name: str, by: timedelta) -> Told:
        """Ask for more time."""
        return Told(await self._connection.post(f"{MAPPINGS}/{name}/extend", {"by": format_ttl(by)}))

    async def close(self, name: str) -> Told:
        """End one, or take back a request."""
        return Told(await self._connection.post(f"{MAPPINGS}/{name}/close"))

    async def listed(self, wanted: Filter, limit: int | None = None) -> AsyncIterator[Told]:
        """Go through a list, newest first, page by page."""
        after, left = "", limit
        while left is None or left > 0:
            size = LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)
            page = await self._page(wanted, size, after)
            for raw in page.items[:left]:
                yield Told(bytes(raw))
            left = None if left is None else left - len(page.items)
            if not page.next:
                break
            after = page.next

    async def named(self, reference: Reference) -> str:
        """Find the id of what a person named.

        Raises:
            NotFound: nothing holds that port.
        """
        if reference.mapping_id is not None:
            return show_id(reference.mapping_id)
        async for told in self.listed(Filter(port=reference.port, live=True), limit=1):
            return told.view.id
        hint = f"m{reference.port} is the one with that id; pod-proxier list shows what there is"
        raise NotFound(f"nothing is open on port {reference.port}", hint)

    async def _page(self, wanted: Filter, size: int, after: str) -> Page:
        params = [*wanted.params, ("limit", str(size)), *([("after", after)] if after else [])]
        return read(await self._connection.get(MAPPINGS, params), Page)


def _body(ask: Ask) -> dict[str, object]:
    """Write what is asked for; what was left out is left to the policy."""
    body: dict[str, object] = {"target": str(ask.target)}
    if ask.ttl is not None:
        body["ttl"] = format_ttl(ask.ttl)
    if ask.sources is not None:
        body["sources"] = [str(network) for network in ask.sources.networks]
    return body | ({"reason": ask.reason} if ask.reason else {})
