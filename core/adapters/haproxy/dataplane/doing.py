"""Carrying out what is done to a slot, in as few requests as there can be; reading back proves it, not the answer."""

import asyncio
from collections.abc import Coroutine, Sequence
from itertools import groupby
from typing import Final

from core.adapters.haproxy.dataplane.adding import Adding
from core.adapters.haproxy.dataplane.aiming import Aimer
from core.adapters.haproxy.dataplane.answers import MapEntry
from core.adapters.haproxy.dataplane.talk import Talk
from core.adapters.haproxy.operations import (
    Add,
    Aim,
    Change,
    Cut,
    Delete,
    MapOperation,
    Operation,
    Ready,
    ServerOperation,
)
from core.adapters.haproxy.slots import ALLOW, UNTIL, Entry

_MAPS: Final = (UNTIL, ALLOW)


class Doer:
    """Does what it is told; what does not show is for whoever reads back. Raises what ``Api.call`` raises.

    Nothing is ever written into the maps' files (``force_sync``): a fresh HAProxy has to serve nobody.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._aimer = Aimer(talk)
        self._adding = {name: Adding(talk, name) for name in _MAPS}

    async def do(self, operations: Sequence[Operation]) -> None:
        """Do it all: the maps, and the slot meanwhile; but when a slot is cut, nobody may be admitted any more."""
        maps = [one for one in operations if isinstance(one, Add | Change | Delete)]
        server = [one for one in operations if isinstance(one, Cut | Aim | Ready)]
        if any(isinstance(one, Cut) for one in server):
            await self._do_maps(maps)
            await self._do_server(server)
        else:
            await together(self._do_maps(maps), self._do_server(server))

    async def fill(self, name: str, entries: Sequence[Entry]) -> None:
        """Add many entries to a map that is empty."""
        body = [MapEntry(key, value) for key, value in entries]
        await self._talk.call((await self._talk.dialect()).fill(name, body))

    async def _do_server(self, operations: Sequence[ServerOperation]) -> None:
        for operation in operations:
            match operation:
                case Cut(port):  # the slot has "on-marked-down shutdown-sessions": maintenance ends what is on it
                    await self._put_into(port, "maint")
                case Ready(port):
                    await self._put_into(port, "ready")
                case Aim():
                    await self._aimer.aim(operation)

    async def _put_into(self, port: int, state: str) -> None:
        await self._talk.slot(port, (await self._talk.dialect()).server(port, "PUT", {"admin_state": state}))

    async def _do_maps(self, operations: Sequence[MapOperation]) -> None:
        """Do it in order, but at the same time what is alike and of one map."""
        for (kind, name), alike in groupby(operations, lambda one: (type(one), one.map)):
            if kind is Add:
                await self._adding[name].add([(one.key, one.value) for one in alike if isinstance(one, Add)])
            else:
                await together(*map(self._change, alike))

    async def _change(self, operation: MapOperation) -> None:
        known = await self._talk.dialect()
        if isinstance(operation, Delete):
            await self._talk.tell(known.entry(operation.map, operation.key, "DELETE"))
        else:
            await self._talk.tell(known.entry(operation.map, operation.key, "PUT", {"value": operation.value}))


async def together(*many: Coroutine[object, object, object]) -> None:
    """Do all at the same time; the first failure is raised, and ends the others."""
    tasks = [asyncio.create_task(one) for one in many]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
