"""The gateway with an HAProxy of our own: started with the bot, and left running when the bot ends or dies."""

from pathlib import Path
from types import TracebackType
from typing import Self

from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.keeper import Keeper, OnError
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.errors import GatewayError
from core.interfaces import Clock


def _tell_nobody(_: GatewayError) -> None:
    """The log has it already."""


class EmbeddedGateway(SocketGateway):
    """A ``SocketGateway`` whose HAProxy is looked after; an asynchronous context manager.

    Entering starts HAProxy, or adopts the one that runs: with the same configuration for good, with another one until
    it is idle. Several bots may share a folder; they share its HAProxy then, and one of them looks after it.

    Args:
        config: what HAProxy is to be. Its folder becomes private to this user.
        clock: tells whether a deadline has passed; HAProxy looks at its own as well.
        binary: the program; left out: the wheel's, else the one on PATH.
        stop_on_exit: end HAProxy, and wait for that, when the last bot that uses it leaves.
        on_error: told of each new trouble with HAProxy's process, once.

    Raises:
        ValueError: the configuration's runtime socket is not a unix socket.
    """

    def __init__(
        self,
        config: GatewayConfig,
        clock: Clock,
        *,
        binary: Path | None = None,
        stop_on_exit: bool = False,
        on_error: OnError = _tell_nobody,
    ) -> None:
        super().__init__(config.runtime_address, config.all_ports, clock)
        self._keeper = Keeper(config, self, binary, on_error)
        self._stop_on_exit = stop_on_exit

    async def __aenter__(self) -> Self:
        """Have HAProxy run.

        Raises:
            GatewayCannotStart: it cannot be started like this; says what to do.
        """
        await self._keeper.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave HAProxy running, unless ``stop_on_exit`` says otherwise."""
        await self._keeper.leave(stop=self._stop_on_exit)

    @property
    def stale(self) -> str:
        """What to tell of an HAProxy that runs another configuration; "" where it runs the one of these settings."""
        return self._keeper.stale

    @property
    def trouble(self) -> str:
        """What keeps HAProxy from running or answering; "" while nothing does."""
        return self._keeper.trouble
