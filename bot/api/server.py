"""uvicorn in the loop that is there, under our own signals."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import uvicorn
from fastapi import FastAPI

from bot.api.patience import Impatient
from core.domain.errors import PodProxierError

GOODBYE: Final = 5
"""Seconds that answers in flight have when it stops."""
_DATE_EVERY: Final = 1.0
_LATE: Final = 0.05
"""Seconds for whoever is just being accepted: uvicorn asks those to leave that it knows of."""


class CannotListen(PodProxierError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, why: str, setting: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {why}")
        self.hint = f"choose another {setting}, or stop what listens there"


class _Server(uvicorn.Server):
    """Leaves signals to the program, tells when it answers, and sleeps while nobody asks."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Have it stop."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """Look at the date for the headers once a second, instead of ten times a second whether it is to stop."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_EVERY):
                    await self._leaving.wait()
                    await asyncio.sleep(_LATE)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


@asynccontextmanager
async def listening(api: FastAPI, host: str, port: int, setting: str = "--listen-port") -> AsyncIterator[int]:
    """Serve while the block runs; what is being answered at its end is answered still.

    Args:
        api: what to serve.
        host: an IP address.
        port: 0 takes one that is free.
        setting: where that was chosen.

    Yields:
        The port.

    Raises:
        CannotListen: the port is taken, or the address is not this machine's.
    """
    with _bound(host, port, setting) as listener:
        server = _Server(_config(api))
        serving = asyncio.create_task(server.serve([listener]), name="api")
        serving.add_done_callback(lambda _: server.answers.set())  # also where it could not begin
        try:
            await server.answers.wait()
            yield listener.getsockname()[1]
        finally:
            server.leave()
            await serving


def _config(api: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        api,
        http=Impatient,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # nobody in front of us is trusted to say who a caller is
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GOODBYE,
    )


@contextmanager
def _bound(host: str, port: int, setting: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named outright, or asyncio does not see that it is TCP, and leaves Nagle on: 40 ms for each answer.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as exc:
            raise CannotListen(host, port, exc.strerror or str(exc), setting) from exc
        yield listener
