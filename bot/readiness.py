"""What ``/ready`` looks at: each part of a bot by itself."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from bot.api.checks import Check, Finding
from bot.bootstrap import Parts
from bot.machine import Machine
from core.domain.errors import StorageUnavailable
from core.domain.freezing import Freeze, Frozen

PATIENCE: Final = 0.5
"""Seconds to wait for the database's turn, to say whether everything is frozen."""


class Readiness:
    """Looks at the parts of one bot."""

    def __init__(self, parts: Parts, machine: Machine) -> None:
        self._parts, self._machine = parts, machine

    def checks(self) -> Mapping[str, Check]:
        """List what there is to look at."""
        found = {
            "database": self._database,
            "gateway": self._gateway,
            "cluster": self._cluster,
            "policy": self._policy,
            "engine": self._lease,
        }
        if self._parts.tokens.path is not None:
            found["tokens"] = self._tokens
        if self._machine.standing is not None:
            found["services"] = self._services
        return found

    async def _database(self) -> Finding:
        await self._parts.database.storage.check()
        return Finding(ok=True)

    async def _gateway(self) -> Finding:
        await self._parts.gateway.epoch()
        return Finding(ok=True, detail=self._parts.gateway_remark)

    async def _cluster(self) -> Finding:
        answer = await self._parts.cluster.check()
        troubles = [f"{namespace}: {error}" for namespace, error in self._parts.cluster.troubles.items()]
        return Finding(ok=not troubles, detail="; ".join(troubles) or answer)

    async def _policy(self) -> Finding:
        trouble = self._parts.policy.trouble
        return Finding(ok=not trouble, detail=trouble)

    async def _tokens(self) -> Finding:
        trouble = self._parts.tokens.trouble
        return Finding(ok=not trouble, detail=trouble or f"{len(self._parts.tokens)} in force")

    async def _services(self) -> Finding:
        """A Service without a port is told of; the others have theirs, and everything else works."""
        status = self._machine.standing.status if self._machine.standing else None
        ports = self._machine.service_ports
        if status is None or ports is None:
            return Finding(ok=True, detail="another process gives them their ports")
        missing = sorted(ports.missing)
        full = f"the range {ports.crowd.ports} is full: {len(status.without)} without a port"
        remarks = [
            f"{full}, {status.without[0]} first" if status.without else "",
            f"not read yet: {', '.join(status.unread)}" if status.unread else "",
            f"HAProxy has no slot for {len(missing)} of the ports, {missing[0]} first" if missing else "",
        ]
        told = [status.trouble, *remarks]
        return Finding(ok=not status.trouble, detail="; ".join(word for word in told if word))

    async def _lease(self) -> Finding:
        engine = self._machine.engine
        if engine.broken:
            return Finding(ok=False, detail=f"a defect keeps breaking {', '.join(engine.broken)}; see the log")
        role = "converges" if engine.leadership.tenure else "stands by"
        freeze = await self._freeze()
        return Finding(ok=True, detail=f"{role}; {Frozen(freeze)}" if freeze else role)

    async def _freeze(self) -> Freeze | None:
        """Look whether everything is frozen; a database that is busy or away is told of by its own check."""
        with suppress(TimeoutError, StorageUnavailable):
            async with asyncio.timeout(PATIENCE), self._parts.database.storage.unit_of_work() as uow:
                return await uow.freezes.current()
        return None
