"""A database in which many mappings are open already, written without anybody having waited for each of them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.parts.bot import ALICE, PLACE, POLICY, asking
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.domain.deciding import Room, grant
from core.domain.living import end_from, opened
from core.domain.mapping import Mapping
from core.domain.people import System
from core.domain.pod import Pod
from core.domain.port_pool import PortPool
from core.domain.request import request
from core.domain.route import PortRange, Usage
from core.interfaces import UnitOfWork

_RULE: Final = POLICY.rules[0]
_ALL: Final = 1_000_000
_BATCH: Final = 100


async def write_open_mappings(
    database: Path, pods: Sequence[Pod], ports: PortRange, ttl: timedelta, epoch: str
) -> Sequence[Mapping]:
    """Open a mapping to each pod on a port of its own, with nothing left to tell anybody.

    Args:
        database: an SQLite file; migrated first.
        pods: as many as there are ports.
        ports: the listening ports.
        ttl: of each mapping.
        epoch: the life of the gateway's process that is to have opened them.
    """
    url = f"sqlite:///{database}"
    await migrate.upgrade(url)
    mappings: list[Mapping] = []
    async with Database(url) as sql:
        for some in _batches(list(zip(pods, ports.numbers(), strict=True))):
            async with sql.storage.unit_of_work() as uow:
                mappings += [await _opened(uow, pod, port, ttl, epoch) for pod, port in some]
                await _told(uow)
                await uow.commit()
    return mappings


def _batches(all_of_them: Sequence[tuple[Pod, int]]) -> Iterator[Sequence[tuple[Pod, int]]]:
    """A transaction may not take for ever."""
    return (all_of_them[at : at + _BATCH] for at in range(0, len(all_of_them), _BATCH))


async def _told(uow: UnitOfWork) -> None:
    now = datetime.now(UTC)
    for entry in await uow.outbox.waiting(now + timedelta(days=1), _ALL):
        await uow.outbox.done([entry.id], now)


async def _opened(uow: UnitOfWork, pod: Pod, port: int, ttl: timedelta, epoch: str) -> Mapping:
    now = datetime.now(UTC)
    asked = await uow.record(request(asking(pod, ttl), pod, PLACE, ALICE, _RULE, (), now))
    room = Room(POLICY, _RULE, PortPool(PortRange(port, port), timedelta()))
    granted = await uow.record(grant(asked, System.GATEWAY, pod, room, now))
    return await uow.record(opened(granted, end_from(now, ttl, _RULE), Usage(epoch), _RULE, now))
