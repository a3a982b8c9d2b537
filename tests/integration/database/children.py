import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def child(verb: str, url: str) -> AsyncIterator[Process]:
    """Run ``child.py``; it is killed in the end, if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.database.child", verb, url, stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()  # closes the pipes


async def says(process: Process, word: str) -> bool:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip() == word


async def tell(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()
