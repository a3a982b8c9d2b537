"""Calls to the API server: raw bytes, a deadline for each, failures translated."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import ClientResponse, ClientTimeout

from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.failures import Call, failure, translated
from core.adapters.kubernetes.official import ApiClient
from core.domain.errors import ClusterError, PodNotFound

DEADLINE: Final = timedelta(seconds=5)

_NO_LIMIT: Final = ClientTimeout(total=None)  # the deadlines here are our own, around each call
# Seconds until a peer that vanished without a word is noticed: first silence, between probes, how many of them.
_KEEPALIVE: Final = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))


class Connection:
    """One API server, as one user.

    All calls raise:
        ClusterUnreachable: no answer in time, a broken connection, or an answer that is not Kubernetes'.
        ClusterUnauthorized: 401, with credentials that were read anew.
        ClusterForbidden: 403; says which permission is missing.

    Args:
        deadline: for a whole call; for a stream, until it begins.
        on_error: told of every failed call, a pod that does not exist excepted.
    """

    def __init__(self, credentials: Credentials, deadline: timedelta, on_error: Callable[[ClusterError], None]) -> None:
        self._credentials, self._deadline, self._on_error = credentials, deadline.total_seconds(), on_error

    @property
    def where(self) -> str:
        """The API server's URL."""
        return self._credentials.where

    async def read(self, call: Call) -> bytes:
        """Make a call and return the body of its answer."""
        try:
            with translated(self.where, self._deadline):
                async with asyncio.timeout(self._deadline):
                    response = await self._answer(call)
                    async with response:
                        return await response.read()
        except PodNotFound:
            raise
        except ClusterError as exc:
            self._on_error(exc)
            raise

    @asynccontextmanager
    async def stream(self, call: Call, lifetime: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """Make a call and give the chunks of its answer as they come, for ``lifetime`` seconds at most."""
        try:
            with translated(self.where, lifetime):
                async with asyncio.timeout(lifetime):
                    response = await self._begin(call)
                    async with response:
                        transport = _kept_alive(response)
                        try:
                            yield response.content.iter_any()
                        except BaseException:
                            _cut(transport)
                            raise
        except ClusterError as exc:
            self._on_error(exc)
            raise

    async def _begin(self, call: Call) -> ClientResponse:
        with translated(self.where, self._deadline):
            async with asyncio.timeout(self._deadline):
                return await self._answer(call)

    async def _answer(self, call: Call) -> ClientResponse:
        client = await self._credentials.client()
        response = await _request(client, call)
        if response.status == HTTPStatus.UNAUTHORIZED and (renewed := await self._credentials.renew()) is not client:
            response.release()
            response = await _request(renewed, call)
        if error := failure(response.status, call, self.where):
            response.release()
            raise error
        return response


async def _request(client: ApiClient, call: Call) -> ClientResponse:
    method, url, headers, body, _ = await client.param_serialize(
        "GET" if call.body is None else "POST",
        call.path,
        query_params=list(call.query),
        header_params={"Accept": "application/json"},
        body=call.body,
        auth_settings=["BearerToken"],
    )
    answer = await client.call_api(method, url, headers, body, _request_timeout=_NO_LIMIT)
    response: ClientResponse = answer.response
    return response


def _kept_alive(response: ClientResponse) -> asyncio.Transport | None:
    transport = response.connection.transport if response.connection else None
    raw = transport.get_extra_info("socket") if transport else None
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            raw.setsockopt(socket.IPPROTO_TCP, option, value)
    return transport


def _cut(transport: asyncio.Transport | None) -> None:
    """End a connection without a last word: TLS would wait for the other side's, when nobody waits for TLS any more."""
    if transport is not None:
        transport.abort()
