import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

_CHUNK: Final = 4096


async def typed_lines(descriptor: int | None = None) -> AsyncIterator[str]:
    """Lines as somebody types them, until the input ends.

    A thread of its own reads, one that nothing waits for: a read cannot be taken back when the demo is told to end.

    Args:
        descriptor: where to read from; standard input where it is left out.
    """
    source = sys.stdin.fileno() if descriptor is None else descriptor
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError, OSError):  # the loop has ended meanwhile, or the terminal is gone
            while chunk := os.read(source, _CHUNK):
                loop.call_soon_threadsafe(arrived.put_nowait, chunk)
            loop.call_soon_threadsafe(arrived.put_nowait, b"")

    threading.Thread(target=read, name="typed-lines", daemon=True).start()
    rest = b""
    while chunk := await arrived.get():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")
