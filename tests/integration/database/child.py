"""Another process on the same database: ``python -m tests.integration.database.child VERB URL``."""

import asyncio
import sys

from core.adapters.database import migrate
from core.adapters.database.database import Database
from tests.contract.storage.samples import move, stored


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def commit(url: str) -> None:
    """Commit whenever a line comes in; say so."""
    async with Database(url) as database:
        say("ready")
        while await asyncio.to_thread(sys.stdin.readline):
            async with database.storage.unit_of_work() as uow:
                await stored(uow)
                await uow.commit()
            say("committed")


async def hang(url: str) -> None:
    """Write without committing; say so, and wait to be killed."""
    async with Database(url) as database, database.storage.unit_of_work() as uow:
        await stored(uow, "grant", "open")
        say("written")
        await asyncio.Event().wait()


async def count(url: str) -> None:
    """Raise the version of mapping 1 a hundred times."""
    async with Database(url) as database:
        for _ in range(100):
            async with database.storage.unit_of_work() as uow:
                (mapping,) = await uow.mappings.live()
                await uow.record(move(mapping))
                await uow.commit()
    say("counted")


async def upgrade(url: str) -> None:
    """Migrate."""
    await migrate.upgrade(url)
    say("upgraded")


if __name__ == "__main__":
    verbs = {"commit": commit, "hang": hang, "count": count, "upgrade": upgrade}
    asyncio.run(verbs[sys.argv[1]](sys.argv[2]))
