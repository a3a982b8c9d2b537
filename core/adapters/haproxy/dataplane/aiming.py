"""Pointing a slot somewhere: at run time where the API can, by its file where it cannot.

Versions before 3.3.1 answer 200 to an address at run time and change nothing. So it is read back, and what was found is
remembered. A change of an address in the file alone takes no reload, for the API tells HAProxy as well.
"""

import asyncio
from datetime import timedelta
from typing import Any, Final

import structlog

from core.adapters.haproxy.convergence import Pace
from core.adapters.haproxy.dataplane import answers
from core.adapters.haproxy.dataplane.client import Answer
from core.adapters.haproxy.dataplane.errors import ApiRefused
from core.adapters.haproxy.dataplane.talk import Talk
from core.adapters.haproxy.operations import Aim
from core.adapters.haproxy.slots import NOWHERE

log = structlog.get_logger(__name__)

_SHOWS_WITHIN: Final = timedelta(milliseconds=20)
"""Until an address that was taken can be read back; HAProxy from 2.9 on takes a moment, some milliseconds.

One that takes longer does no harm: the file is changed as well then.
"""
_TRIES: Final = 10
"""For a change of the file that others change as well."""


class Aimer:
    """Points slots somewhere. Raises what ``Api.call`` raises."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._by_file = False
        self._file = asyncio.Lock()  # each change of it makes another version, and takes the one before
        self._version: int | None = None  # that our own last change made

    async def aim(self, aim: Aim) -> None:
        """Do it, and see it done; a slot that will not is left to whoever looks next."""
        if self._by_file:
            await self._in_the_file(aim)
            return
        body = {"address": str(aim.address), "port": aim.target_port}
        told = await self._talk.slot(aim.port, (await self._talk.dialect()).server(aim.port, "PUT", body))
        if _is_at(aim, told) or await self._shows(aim):
            return
        await self._in_the_file(aim)
        if await self._shows(aim) and not self._by_file:
            self._by_file = True
            log.info("dataplane.addresses_by_file", why="an address at run time was taken and not applied")

    async def _shows(self, aim: Aim) -> bool:
        pace = Pace(_SHOWS_WITHIN)
        while True:
            known = await self._talk.dialect()
            if _is_at(aim, await self._talk.slot(aim.port, known.server(aim.port))):
                return True
            if pace.over:
                return False
            await pace.pause()

    async def _in_the_file(self, aim: Aim) -> None:
        wanted = {"address": str(aim.address), "port": aim.target_port}
        async with self._file:
            found = await self._configure(aim.port, wanted)
            if {key: found.get(key) for key in wanted} == wanted:
                # The file is ahead of HAProxy, and what does not change there is not told: so change it twice.
                await self._configure(aim.port, {"address": str(NOWHERE[0]), "port": NOWHERE[1] + 1})
                await self._configure(aim.port, wanted)

    async def _version_of_file(self) -> int:
        """Our own last change tells it once; a file that others changed since is a conflict, and it is asked."""
        known, self._version = self._version, None
        if known is not None:
            return known
        return await self._talk.ask((await self._talk.dialect()).version(), answers.VERSION)

    async def _configure(self, port: int, wanted: dict[str, Any]) -> dict[str, Any]:
        """Change a server in the file, shut there as ever; returns what stood there before."""
        known = await self._talk.dialect()
        for tries_left in reversed(range(_TRIES)):
            version = await self._version_of_file()
            found = answers.filed(await self._talk.ask(known.configured(port), answers.FILED))
            try:
                await self._talk.call(known.configure(port, version, found | wanted))
            except ApiRefused as exc:
                if not exc.conflict or not tries_left:
                    raise
            else:
                self._version = version + 1
                return found
        raise AssertionError  # the last try returns or raises


def _is_at(aim: Aim, told: Answer) -> bool:
    """Whether the slot is told to be where it was aimed at: asked anew, in the very answer to a change as well."""
    found = told.read(answers.RUNTIME_SERVER).read()
    return (found.address, found.port) == (aim.address, aim.target_port)
