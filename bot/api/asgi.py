"""What stands around an application: no body without end, and no defect without words."""

from collections.abc import Callable
from secrets import token_hex
from typing import Final

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.errors import Defect, TooLarge
from core.domain.errors import PodProxierError

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 1 << 16
"""Of a body; what a request can sensibly say takes a tenth of it."""

Teller = Callable[[PodProxierError], Response]
"""Puts an error into an answer."""


class Shell:
    """Stands around an application.

    Args:
        app: inside.
        tell: how errors are told here.
    """

    def __init__(self, app: ASGIApp, tell: Teller) -> None:
        self._app, self._tell = app, tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(receive, send)
        try:
            await self._app(scope, call.receive, call.send)
        except Exception:
            if call.begun or not call.overflowed:
                reference = token_hex(4)
                log.exception("rest.defect", reference=reference, path=scope["path"])
                await self._answer(Defect(reference), scope, call)
        if call.overflowed:
            await self._answer(TooLarge(MOST_BYTES), scope, call)

    async def _answer(self, error: PodProxierError, scope: Scope, call: "_Call") -> None:
        """Answer, unless there is the beginning of another answer."""
        if not call.begun:
            call.overflowed = False
            await self._tell(error)(scope, call.receive, call.send)


class _Call:
    """One request: counts what comes in, and knows whether an answer has begun.

    Attributes:
        overflowed: the body was longer than may be; what the application says to that is not sent.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._bytes = 0
        self.begun = self.overflowed = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MOST_BYTES:
            self.overflowed = True
            raise TooLarge(MOST_BYTES)
        return message

    async def send(self, message: Message) -> None:
        if not self.overflowed or self.begun:
            self.begun = True
            await self._send(message)
