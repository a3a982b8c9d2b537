"""Carrying out what is done to a slot, each operation one request; reading back proves it, not the answer."""

from collections.abc import Sequence

from core.adapters.haproxy.dataplane.aiming import Aimer
from core.adapters.haproxy.dataplane.answers import MapEntry
from core.adapters.haproxy.dataplane.talk import Talk
from core.adapters.haproxy.operations import Add, Aim, Change, Cut, Delete, Operation, Ready
from core.adapters.haproxy.slots import Entry


class Doer:
    """Does what it is told; what does not show is for whoever reads back. Raises what ``Api.call`` raises.

    Nothing is ever written into the maps' files (``force_sync``): a fresh HAProxy has to serve nobody.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._aimer = Aimer(talk)

    async def do(self, operations: Sequence[Operation]) -> None:
        """Do it all, in order."""
        for operation in operations:
            await self._one(operation)

    async def fill(self, name: str, entries: Sequence[Entry]) -> None:
        """Add many entries to a map that is empty."""
        body = [MapEntry(key, value) for key, value in entries]
        await self._talk.call((await self._talk.dialect()).fill(name, body))

    async def _one(self, operation: Operation) -> None:
        known = await self._talk.dialect()
        match operation:
            case Cut(port):  # the slot has "on-marked-down shutdown-sessions": maintenance ends what is on it
                await self._talk.slot(port, known.server(port, "PUT", {"admin_state": "maint"}))
            case Ready(port):
                await self._talk.slot(port, known.server(port, "PUT", {"admin_state": "ready"}))
            case Aim():
                await self._aimer.aim(operation)
            case Add(name, key, value):
                await self._talk.tell(known.entries(name, "POST", MapEntry(key, value)))
            case Change(name, key, value):
                await self._talk.tell(known.entry(name, key, "PUT", {"value": value}))
            case Delete(name, key):
                await self._talk.tell(known.entry(name, key, "DELETE"))
