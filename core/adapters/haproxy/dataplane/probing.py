"""Having HAProxy try an endpoint, by leaving word on its desk (see ``desk.lua``)."""

import asyncio
import secrets
from datetime import timedelta
from typing import Final

from core.adapters.haproxy.convergence import Pace
from core.adapters.haproxy.dataplane.answers import MapEntry
from core.adapters.haproxy.dataplane.rendering import DESK, PLACES
from core.adapters.haproxy.dataplane.shared import Shared
from core.adapters.haproxy.dataplane.talk import Talk
from core.domain.errors import GatewayRefused, GatewayUnreachable
from core.domain.route import Probe
from core.domain.target import Endpoint

_WITHIN: Final = timedelta(seconds=5)
"""More than ``GatewayConfig.probe_timeout``, and a moment for HAProxy to look at its desk."""


class Prober:
    """Tries endpoints from where HAProxy stands, some at a time. Raises what ``Api.call`` raises."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._free = list(range(1, PLACES + 1))
        self._turns = asyncio.Semaphore(PLACES)
        self._desk = Shared(lambda: talk.entries(DESK))

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Try one once.

        Raises:
            GatewayRefused: HAProxy could not try.
        """
        async with self._turns:
            place = self._free.pop(secrets.randbelow(len(self._free)))
            try:
                return await self._at(f"probe-{place}", endpoint)
            finally:
                self._free.append(place)

    async def _at(self, key: str, endpoint: Endpoint) -> Probe:
        word, known, pace = secrets.token_hex(4), await self._talk.dialect(), Pace(_WITHIN)
        await self._put(key, f"{endpoint.address},{endpoint.port},{word}", pace)
        try:
            found = await self._answer(key, word, pace)
        finally:
            await self._talk.tell(known.entry(DESK, key, "DELETE"))
        if found not in set(Probe):
            raise GatewayRefused("a probe", found)
        return Probe(found)

    async def _put(self, key: str, request: str, pace: Pace) -> None:
        """Leave the request; another bot may be trying something in the same place."""
        known = await self._talk.dialect()
        while not await self._talk.tell(known.entries(DESK, "POST", MapEntry(key, request))):
            await self._patiently(pace)

    async def _answer(self, key: str, word: str, pace: Pace) -> str:
        while True:
            found, _, whose = dict(await self._desk.get()).get(key, "").partition(",")
            if whose == word:
                return found
            await self._patiently(pace)

    async def _patiently(self, pace: Pace) -> None:
        if pace.over:
            raise GatewayUnreachable(str(self._talk), "its HAProxy does not look at its desk")
        await pace.pause()
