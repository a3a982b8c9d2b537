"""Signed HTTP: what Slack posts to ``/slack/events``, handed to Bolt once its signature is checked."""

import asyncio
import math
import time
from typing import Final

import structlog
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.slack.errors import SetupError
from bot.slack.tokens import Credentials

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 1 << 20
"""Of a body; Slack's largest payloads are a tenth of it."""
READ_WITHIN: Final = 5.0
"""Seconds for a body to come in; Slack waits three for its answer."""
REREAD_EVERY: Final = 10.0
"""Seconds, at least, between two readings of the secret because of a signature that does not fit."""


class SignedHttp:
    """Takes Slack's requests. Nothing of one is read before its signature is known to be Slack's."""

    def __init__(self, app: AsyncApp, credentials: Credentials) -> None:
        self._app, self._credentials = app, credentials
        self._closed = False
        self._reread_at = -math.inf

    async def events(self, request: Request) -> Response:
        """Answer one request: 401 without Slack's signature, 408 or 413 for a body without end, 503 once closed."""
        if self._closed:
            return _error(503, "shutting down")
        body = await _read(request)
        if isinstance(body, Response):
            return body
        if not (self._is_signed(request, body) or (await self._reread() and self._is_signed(request, body))):
            log.warning("slack.unsigned_request", client=request.client.host if request.client else None)
            return _error(401, "not signed by Slack")
        try:
            asked = to_async_bolt_request(request, body)
        except (ValueError, AttributeError):  # no JSON, or none that is an object
            return _error(400, "not readable")
        return to_starlette_response(await self._app.async_dispatch(asked))

    def close(self) -> None:
        """Take nothing more."""
        self._closed = True

    def _is_signed(self, request: Request, body: bytes) -> bool:
        """Check the signature and that it is no older than five minutes.

        The verifier raises for a timestamp that is no number, and for bytes that are no text.
        """
        timestamp = request.headers.get("x-slack-request-timestamp")
        signature = request.headers.get("x-slack-signature")
        try:
            return SignatureVerifier(self._credentials.signing_secret).is_valid(body, timestamp, signature)
        except (ValueError, TypeError):
            return False

    async def _reread(self) -> bool:
        """Read the secret again, which may have been replaced; now and then only, for anybody can bring us here."""
        now = time.monotonic()
        if now - self._reread_at < REREAD_EVERY:
            return False
        self._reread_at = now
        try:
            return await self._credentials.reread()
        except (OSError, SetupError) as exc:
            log.warning("slack.tokens_unreadable", message=str(exc))
            return False


async def _read(request: Request) -> bytes | Response:
    """Read the body, or say why not: it is too long, too slow, or broke off."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    return _error(413, "too long")
    except TimeoutError:
        return _error(408, "too slow")
    except ClientDisconnect:
        return _error(400, "not complete")
    return bytes(body)


def _error(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)
