"""One server, over HTTP: deadlines, one more try where that is safe, and errors translated once."""

import asyncio
import os
import ssl
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from types import TracebackType
from typing import Final, Self, TypeAlias

import httpx

from bot.client.errors import ServerAway
from bot.client.problems import error_in
from bot.client.server import Server

CONNECT: Final = 5.0
"""Seconds to be connected."""
ANSWER: Final = 15.0
"""Seconds to have the whole answer, beside those that the server was asked to wait."""

Params: TypeAlias = Sequence[tuple[str, str]]


class Connection:
    """Asks one server; an async context manager.

    Args:
        server: where, and as whom.
        transport: another way than the network.
        answer: seconds for an answer.
    """

    def __init__(
        self, server: Server, transport: httpx.AsyncBaseTransport | None = None, *, answer: float = ANSWER
    ) -> None:
        self._server, self._answer = server, answer
        headers = {"accept": "application/json", "user-agent": f"pod-proxier/{version('pod-proxier')}"}
        if server.token:
            headers["authorization"] = f"Bearer {server.token}"
        self._client = httpx.AsyncClient(
            base_url=f"{server.url}/api/v2/",
            headers=headers,
            transport=transport,
            timeout=httpx.Timeout(None, connect=CONNECT),
            trust_env=not server.loopback,  # a proxy of the company is not the way to one's own machine
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: Params = (), *, more: float = 0.0) -> bytes:
        """Read; tried once more where the connection fails.

        Args:
            path: below ``/api/v2/``.
            params: of the query.
            more: seconds that the server was asked to wait before it answers.

        Raises:
            ClientError: there is no answer, or it says no.
        """
        request = self._client.build_request("GET", path, params=list(params))
        return await self._send(request, tries=2, within=self._answer + more)

    async def post(self, path: str, body: object = None, *, key: str = "") -> bytes:
        """Have something done; tried once more only where a key makes sure that it is not done twice.

        Raises:
            ClientError: there is no answer, or it says no.
        """
        headers = {"idempotency-key": key} if key else {}
        request = self._client.build_request("POST", path, json=body or {}, headers=headers)
        return await self._send(request, tries=2 if key else 1, within=self._answer)

    async def _send(self, request: httpx.Request, tries: int, within: float) -> bytes:
        try:
            async with asyncio.timeout(within):
                response = await self._answered(request, tries)
        except TimeoutError:
            raise ServerAway(self._server.url, f"nothing within {within:g} s") from None
        except httpx.TimeoutException:
            raise ServerAway(self._server.url, f"no connection within {CONNECT:g} s") from None
        except httpx.HTTPError as exc:
            raise ServerAway(self._server.url, _why(exc), _advice(exc)) from exc
        if response.is_success:
            return response.content
        raise error_in(response, with_token=bool(self._server.token))

    async def _answered(self, request: httpx.Request, tries: int) -> httpx.Response:
        for _ in range(tries - 1):
            try:
                return await self._client.send(request)
            except httpx.TimeoutException:
                raise
            except httpx.TransportError:
                continue
        return await self._client.send(request)


def _why(exc: httpx.HTTPError) -> str:
    """Put into words what the system says of it, where it does."""
    below = next((each for each in _causes(exc) if isinstance(each, OSError) and each.errno), None)
    if below is None or isinstance(below, ssl.SSLError):
        return str(exc) or type(exc).__name__
    return os.strerror(below.errno) if below.errno and below.errno > 0 else below.strerror or str(exc)


def _advice(exc: httpx.HTTPError) -> str:
    distrusted = any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(exc))
    return "SSL_CERT_FILE=FILE names the certificates to trust" if distrusted else ""


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Go down to where it began; of several that failed alike, the first."""
    cause = exc.exceptions[0] if isinstance(exc, BaseExceptionGroup) else exc.__cause__ or exc.__context__
    if cause is not None:
        yield from _causes(cause)
    yield exc
