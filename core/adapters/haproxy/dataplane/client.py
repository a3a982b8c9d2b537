"""One call to the Data Plane API: a deadline, who we are, and every failure translated, once."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self, TypeAlias, TypeVar

import httpx
import msgspec

from core.adapters.haproxy.dataplane.errors import ApiRefused, ApiReloads, ApiUnauthorized, NotTheApi
from core.domain.errors import GatewayUnreachable

AT_A_TIME: Final = 4
"""Connections that one bot holds. The API asks HAProxy one thing after the other, and httpx looks at each connection
for every request, so that more would only cost more."""
_SHOWN: Final = 200
_BUSY: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}
_WHO_ARE_YOU: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

Credentials: TypeAlias = Callable[[], tuple[str, str]]
"""Tells user and password as they are now; a file may have changed. Raises an ``OutsideError`` where it cannot."""

T = TypeVar("T")


class _Problem(msgspec.Struct):
    message: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked.

    Attributes:
        path: percent-encoded where it has to be.
        what: in words, for errors.
    """

    method: str
    path: str
    what: str
    params: Mapping[str, str | int] | None = None
    body: object = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said, and that was no refusal."""

    call: Call
    body: bytes

    def read(self, shape: msgspec.json.Decoder[T]) -> T:
        """Read its JSON.

        Raises:
            NotTheApi: it is of another shape, or no JSON at all.
        """
        try:
            return shape.decode(self.body)
        except msgspec.DecodeError as exc:
            raise NotTheApi(self.call.what, f"an answer of another shape: {exc}") from exc


class Api:
    """A Data Plane API; an asynchronous context manager, for it keeps connections.

    All calls raise:
        GatewayUnreachable: no connection, no whole answer within the deadline, or the API cannot do it now (5xx, as
            when its HAProxy is down). What was told may have been done.
        ApiRefused: it said no.
        ApiReloads: it is going to reload HAProxy.

    Args:
        address: the URL before ``/v3``.
        credentials: who we are; asked again when they are not accepted.
        deadline: for one call; a call whose turn has not come waits for as long as others are answered.
    """

    def __init__(self, address: str, credentials: Credentials, deadline: timedelta) -> None:
        self._address = address.rstrip("/")
        self._credentials, self._deadline = credentials, deadline.total_seconds()
        self._client = httpx.AsyncClient(
            base_url=self._address,
            timeout=None,  # noqa: S113 - a call as a whole has a deadline, see below
            limits=httpx.Limits(max_connections=AT_A_TIME, max_keepalive_connections=AT_A_TIME),
            verify=_trusted(),
            trust_env=False,  # no proxy of the environment stands between us and our gateway
        )
        self._turns = asyncio.Semaphore(AT_A_TIME)  # the client's own queue is not fair: one may wait there for ever
        self._answered = 0.0
        self._auth: httpx.BasicAuth | None = None

    def __str__(self) -> str:
        return self._address

    async def __aenter__(self) -> Self:
        """Do nothing: connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        await self._client.aclose()

    async def call(self, call: Call) -> Answer:
        """Ask something."""
        response = await self._sent(call)
        if response.status_code in _WHO_ARE_YOU:
            self._auth = None
            response = await self._sent(call)
        return self._judged(call, response)

    async def _sent(self, call: Call) -> httpx.Response:
        if self._auth is None:
            self._auth = httpx.BasicAuth(*await asyncio.to_thread(self._credentials))
        try:
            await self._turn()
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._once_more(call, self._auth)
            finally:
                self._turns.release()
        except TimeoutError as exc:
            raise GatewayUnreachable(str(self), f"no answer within {self._deadline:g} s") from exc
        except httpx.HTTPError as exc:
            raise GatewayUnreachable(str(self), str(exc) or type(exc).__name__) from exc

    async def _turn(self) -> None:
        """Wait for our turn.

        Raises:
            TimeoutError: nobody was answered for as long as a call may take.
        """
        clock = asyncio.get_running_loop().time
        while True:
            since = clock()
            try:
                async with asyncio.timeout(self._deadline):
                    await self._turns.acquire()
            except TimeoutError:
                if self._answered < since:
                    raise
            else:
                return

    async def _once_more(self, call: Call, auth: httpx.BasicAuth) -> httpx.Response:
        """Send it again if the connection broke: a kept one may have died with an API that was restarted.

        Nothing that we ask does harm twice, for all of it is read back.
        """
        try:
            return await self._send(call, auth)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return await self._send(call, auth)

    async def _send(self, call: Call, auth: httpx.BasicAuth) -> httpx.Response:
        content = None if call.body is None else msgspec.json.encode(call.body)
        headers = {"Content-Type": "application/json"} if content else None
        response = await self._client.request(
            call.method, call.path, params=call.params, content=content, headers=headers, auth=auth
        )
        self._answered = asyncio.get_running_loop().time()
        return response

    def _judged(self, call: Call, response: httpx.Response) -> Answer:
        status = response.status_code
        if status in _BUSY or response.is_server_error:
            raise GatewayUnreachable(str(self), f"{status} to {call.what}: {_words(response)}")
        if status in _WHO_ARE_YOU:
            raise ApiUnauthorized(call.what, status, _words(response))
        if status == HTTPStatus.ACCEPTED or "Reload-ID" in response.headers:
            raise ApiReloads(call.what, response.headers.get("Reload-ID", ""))
        if response.is_redirect:
            raise NotTheApi(call.what, f"{status} to {response.headers.get('Location', 'nowhere')}")
        if not response.is_success:
            raise ApiRefused(call.what, status, _words(response))
        return Answer(call, response.content)


@cache
def _trusted() -> ssl.SSLContext:
    """Trust whom this machine trusts; reading all their certificates takes a moment."""
    return ssl.create_default_context()


def _words(response: httpx.Response) -> str:
    """Say what an error says, in one short line; "" where it says nothing, and not a page of HTML."""
    if not response.content.strip():
        return ""
    try:
        words = msgspec.json.decode(response.content, type=_Problem).message
    except msgspec.DecodeError:
        words = f"(no JSON, but {response.headers.get('Content-Type', 'something')})"
    return " ".join(words.split())[:_SHOWN]
