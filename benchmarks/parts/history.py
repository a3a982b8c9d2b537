"""A database in which many mappings are open already, written without anybody having waited for each of them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.parts.bot import ALICE, PLACE, POLICY, asking
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.domain.deciding import Room, close, grant
from core.domain.living import cut, end_from, opened
from core.domain.mapping import Mapping
from core.domain.people import Profile, Standing, System
from core.domain.pod import Pod
from core.domain.port_pool import PortPool
from core.domain.request import request
from core.domain.route import PortRange, Usage
from core.interfaces import UnitOfWork

_RULE: Final = POLICY.rules[0]
_ALL: Final = 1_000_000
_BATCH: Final = 100
_PORT: Final = 10_000
_TTL: Final = timedelta(hours=2)


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


async def write_history(database: Path, pod: Pod, count: int) -> None:
    """Write so many mappings to a pod that are over, each like one of a few that were opened and closed."""
    url = f"sqlite:///{database}"
    await migrate.upgrade(url)
    async with Database(url) as sql, sql.storage.unit_of_work() as uow:
        for number in range(min(count, _BATCH)):
            await _closed(uow, await _opened(uow, pod, _PORT + number, _TTL, "bench"))
        await _told(uow)
        await uow.commit()
    with closing(sqlite3.connect(database)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(mappings)") if row[1] != "id"]
        copied = ", ".join(columns)
        for _ in range(count // _BATCH - 1):
            sql_text = f"INSERT INTO mappings ({copied}) SELECT {copied} FROM mappings WHERE id <= {_BATCH}"  # noqa: S608 - its own columns
            connection.execute(sql_text)


async def _closed(uow: UnitOfWork, mapping: Mapping) -> None:
    now = datetime.now(UTC)
    closing_one = await uow.record(close(mapping, Profile(ALICE, Standing.MEMBER), POLICY, _RULE, now))
    await uow.record(cut(closing_one, Usage("bench"), now))


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
