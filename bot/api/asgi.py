"""What stands around an application: no body without end, and no defect without words."""

import asyncio
from collections.abc import Callable
from secrets import token_hex
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.errors import Defect, TooLarge, TooSlow
from core.domain.errors import PodProxierError

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 1 << 16
"""Of a body; what a request can sensibly say takes a tenth of it."""
READ_WITHIN: Final = 10.0
"""Seconds for a body to come in."""

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
        except ClientDisconnect:
            return  # there is nobody left to tell
        except Exception:  # a defect of ours, or what a refusal above brought about: whoever calls is told either way
            if call.begun or call.refused is None:
                reference = token_hex(4)
                log.exception("rest.defect", reference=reference, path=scope["path"])
                await self._answer(Defect(reference), scope, call)
        if call.refused is not None:
            await self._answer(call.refused, scope, call)

    async def _answer(self, error: PodProxierError, scope: Scope, call: "_Call") -> None:
        """Answer, unless there is the beginning of another answer."""
        if not call.begun:
            call.refused = None
            await self._tell(error)(scope, call.receive, call.send)


class _Call:
    """One request: watches over what comes in, and knows whether an answer has begun.

    Attributes:
        refused: why its body is not read to the end; what the application says to that is not sent.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._bytes, self._complete = 0, False
        self._deadline: float | None = None
        self.begun = False
        self.refused: PodProxierError | None = None

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()  # waits for the end of the connection
        try:
            async with asyncio.timeout_at(self._until()):
                message = await self._receive()
        except TimeoutError:
            raise self._refuse(TooSlow()) from None
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._bytes > MOST_BYTES:
            raise self._refuse(TooLarge(MOST_BYTES))
        return message

    def _until(self) -> float:
        """Say when it has to be there: all of it, or somebody who sends a byte now and then would stay for days."""
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + READ_WITHIN
        return self._deadline

    def _refuse(self, error: PodProxierError) -> PodProxierError:
        self.refused = error
        return error

    async def send(self, message: Message) -> None:
        if self.refused is None or self.begun:
            self.begun = True
            await self._send(message)
