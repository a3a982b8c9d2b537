"""Keeps an HAProxy of our own running: starts it, adopts it, replaces it when it may be, and starts it again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from core.adapters.haproxy import launch, process
from core.adapters.haproxy.addresses import UnixAddress
from core.adapters.haproxy.backoff import Backoff
from core.adapters.haproxy.claims import Claims
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.files import make_folder
from core.adapters.haproxy.process import Listener
from core.adapters.haproxy.snapshot import Identity
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.errors import GatewayCannotStart, GatewayError, GatewayRefused, GatewayUnreachable
from core.domain.route import FOREVER

log = structlog.get_logger(__name__)

OnError: TypeAlias = Callable[[GatewayError], None]

LOOK_EVERY: Final = 0.25
"""Seconds between two looks at who listens on the socket while it is waited for."""
WATCH_EVERY: Final = 0.5
"""The same while all is well. A look costs one connection, and asks nothing; it was a fifth of what the bot took."""
IDLE_EVERY: Final = 1.0
"""Seconds between two looks at whether one with another configuration may be replaced."""
AGAIN_AFTER: Final = 1.0
"""Seconds before another look while something is wrong."""
ENTER_WITHIN: Final = 10.0
"""Seconds to wait at first for an HAProxy that hangs, or that another bot is about to start."""


class Keeper:
    """Looks after one HAProxy, alone or beside other bots (see ``Claims``).

    Args:
        gateway: speaks to it.
        binary: the program to start; left out, the one that ``find_program`` finds.
        on_error: told of each new trouble, once, beside the log.

    Attributes:
        stale: what to tell of an HAProxy that runs another configuration than ours; "" where it runs ours.
        trouble: what keeps it from running or answering; "" while nothing does.
    """

    def __init__(self, config: GatewayConfig, gateway: SocketGateway, binary: Path | None, on_error: OnError) -> None:
        self._config, self._gateway, self._binary, self._on_error = config, gateway, binary, on_error
        address = config.runtime_address
        if not isinstance(address, UnixAddress):
            why = f"anybody on this machine could command an HAProxy at {address}: ours has a unix socket"
            raise ValueError(why)  # noqa: TRY004 - both are runtime addresses; this one makes no sense here
        self._socket = address.path
        self._claims, self._backoff = Claims(config.folder), Backoff()
        self._known: Listener | None = None
        self._identity: Identity | None = None
        self._idle_at = 0.0
        self._watching: asyncio.Task[None] | None = None
        self.stale = ""
        self.trouble = ""

    async def enter(self) -> None:
        """Have it run, and look after it from then on.

        One that hangs, or that another bot is about to start, is waited for a little, and then told by ``trouble``.

        Raises:
            GatewayCannotStart: it cannot be started, or something else listens in its place.
        """
        make_folder(self._config.folder)
        self._claims.__enter__()
        try:
            while not self._claims.join():  # noqa: ASYNC110 - a lock wakes nobody
                await asyncio.sleep(LOOK_EVERY)
            await self._wait_for_it()
        except BaseException:
            self._claims.__exit__(None, None, None)
            raise
        self._watching = asyncio.create_task(self._watch())

    async def leave(self, *, stop: bool) -> None:
        """Look after it no more; ``stop``: and end it, unless another bot uses it."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        try:
            if stop:
                await self._stop()
        finally:
            self._claims.__exit__(None, None, None)

    async def _stop(self) -> None:
        if not self._claims.alone():
            log.warning("haproxy.left_running", why="another bot uses it")
            return
        try:
            await self._end()
        except GatewayUnreachable as exc:
            log.warning("haproxy.left_running", why=str(exc))
        else:
            log.info("haproxy.stopped")

    async def _end(self) -> None:
        if self._identity is not None:
            await process.end(self._socket, self._identity.pid)
        elif process.listener(self._socket) is not None:
            raise GatewayUnreachable(str(self._socket), "it never said who it is")

    # -- looking ------------------------------------------------------------------------------------------------------

    async def _wait_for_it(self) -> None:
        until = _now() + ENTER_WITHIN
        while _now() < until:
            try:
                await self._look()
            except GatewayUnreachable as exc:
                self._tell(exc)
                await asyncio.sleep(LOOK_EVERY)
            else:
                return

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY)
            try:
                await self._look()
                process.keep_log_short(self._config)
            except GatewayError as exc:
                self._tell(exc)
                await asyncio.sleep(AGAIN_AFTER)
            except Exception:  # a defect of ours must not end the looking after; it is logged with its trace
                log.exception("haproxy.keeper_broke")
                await asyncio.sleep(AGAIN_AFTER)

    def _tell(self, error: GatewayError) -> None:
        if str(error) != self.trouble:
            self.trouble = str(error)
            log.warning("haproxy.trouble", message=self.trouble, hint=error.hint)
            self._on_error(error)

    async def _look(self) -> None:
        found = process.listener(self._socket)
        if found is None:
            await self._start()
        elif found != self._known or found.pid is None:
            await self._meet(found)
        if self.stale:
            await self._replace_when_idle()
        self.trouble = ""

    async def _start(self) -> None:
        self._forget()
        if not self._claims.owns():
            raise GatewayUnreachable(str(self._socket), "the bot that looks after it has not started it yet")
        await self._backoff.turn()
        wanted = await launch.plan(self._config, self._binary)
        await launch.prepare(wanted, self._config)
        self._identity = await launch.start(wanted, self._config, self._gateway.identity)
        self._known, self.stale = process.listener(self._socket), ""
        log.info("haproxy.started", pid=self._identity.pid, program=str(wanted.program), config=wanted.sha)

    def _forget(self) -> None:
        if self._identity is not None:
            process.has_ended(self._identity.pid)
            log.warning("haproxy.ended", pid=self._identity.pid)
        self._known = self._identity = None

    async def _meet(self, found: Listener) -> None:
        """Adopt what runs already, whether it runs our configuration or another."""
        try:
            identity = await self._gateway.identity()
        except GatewayRefused as exc:
            why = f"something else than an HAProxy of Pod-Proxier's listens on {self._socket}"
            raise GatewayCannotStart(why, hint="end it, or choose another --state-dir") from exc
        if identity != self._identity:
            wanted = await launch.plan(self._config, self._binary)
            self.stale = "" if identity.config == wanted.sha else _stale(identity, wanted)
            self._identity = identity
            log.info("haproxy.adopted", pid=identity.pid, config=identity.config, wanted=wanted.sha)
        self._known = found

    async def _replace_when_idle(self) -> None:
        """Replace it when nobody is connected and no mapping is open; what has no end opens again soon enough.

        A port that is opened in the very moment in between is opened again by whoever sees that the epoch has changed.
        """
        if _now() < self._idle_at or not self._claims.owns():
            return
        self._idle_at = _now() + IDLE_EVERY
        if not await self._is_idle():
            return
        await launch.prepare(await launch.plan(self._config, self._binary), self._config)
        if await self._is_idle():
            await self._end()
            await self._start()

    async def _is_idle(self) -> bool:
        slots = (await self._gateway.observe()).slots.values()
        return all(not slot.sessions and (slot.address is None or slot.until == FOREVER) for slot in slots)


def _stale(running: Identity, wanted: launch.Plan) -> str:
    return (
        f"HAProxy {running.version} (process {running.pid}) runs configuration {running.config}, and these settings "
        f"make {wanted.sha} for {wanted.program.version}; it is kept until nobody is connected and no mapping is open"
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
