"""Socket Mode, the server's side. https://docs.slack.dev/apis/events-api/using-socket-mode."""

import asyncio
import itertools
import json
import secrets
import time
from dataclasses import dataclass
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from bot.workspace.delivery.parcels import Outcome, Parcel, ParcelKind, Status
from bot.workspace.state import State
from bot.workspace.webapi.method import Call
from bot.workspace.wire import JsonObject

MOST_SOCKETS: Final = 10
CONNECTION_TIME: Final = 18_060
"""Seconds a connection lasts, as `hello` announces."""
_GOOD_BYE: Final = 1.0
"""Seconds to wait for an app that does not answer when its connection is closed."""


@dataclass(eq=False, slots=True)
class Socket:
    """One connection the app holds."""

    id: str
    wire: web.WebSocketResponse
    transport: asyncio.Transport

    async def send(self, message: JsonObject) -> None:
        """Send one message."""
        await self.wire.send_str(json.dumps(message))


class SocketMode:
    """Hands out tickets, keeps the sockets, sends envelopes, takes acknowledgements.

    Attributes:
        late: ids of envelopes that were acknowledged when nobody waited any more, or twice.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._tickets: set[str] = set()
        self._sockets: list[Socket] = []
        self._numbers = itertools.count(1)
        self._turn = itertools.count()
        self._waiting: dict[str, list[asyncio.Future[JsonObject]]] = {}
        self.late: list[str] = []

    @property
    def sockets(self) -> list[Socket]:
        """The connections that are open."""
        return [socket for socket in self._sockets if not socket.wire.closed]

    def connections_open(self, _: Call) -> JsonObject:
        """apps.connections.open: a URL with a ticket that is good for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        host = self._state.base_url.removeprefix("http")
        return {"url": f"ws{host}/link/?ticket={ticket}&app_id={self._state.directory.app.id}"}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="no such ticket")
        self._tickets.remove(ticket)
        if request.transport is None:  # the app went away while its handshake was read
            return web.Response(status=400)
        wire = web.WebSocketResponse(timeout=_GOOD_BYE)
        await wire.prepare(request)
        socket = Socket(f"socket-{next(self._numbers)}", wire, request.transport)
        if len(self.sockets) >= MOST_SOCKETS:
            await socket.send(self._goodbye("too_many_websockets"))
            await wire.close()
            return wire
        self._sockets.append(socket)
        try:
            await socket.send(self._hello())
            self._state.bell.ring()
            await self._listen(socket)
        finally:
            self._sockets.remove(socket)
            self._state.bell.ring()
        return wire

    async def deliver(self, parcel: Parcel) -> Outcome:
        """Send an envelope on one of the sockets, in turn, and wait for its acknowledgement."""
        sockets = self.sockets
        if not sockets:
            return Outcome(parcel, Status.FAILED, reason="connection_failed")
        socket = sockets[next(self._turn) % len(sockets)]
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._state.settings.ack_within):
                payload = await self._exchange(socket, parcel)
        except (TimeoutError, ConnectionError):
            return Outcome(parcel, Status.TIMEOUT, time.perf_counter() - began, carrier=socket.id, reason="timeout")
        return Outcome(parcel, Status.ACKNOWLEDGED, time.perf_counter() - began, payload or None, socket.id)

    async def _exchange(self, socket: Socket, parcel: Parcel) -> JsonObject:
        acknowledged: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(parcel.envelope_id, [])
        waiting.append(acknowledged)
        try:
            await socket.send(_envelope(parcel))
            return await acknowledged
        finally:
            waiting.remove(acknowledged)

    async def warn(self) -> None:
        """Tell every socket that it will be closed soon (`warning`)."""
        for socket in self.sockets:
            await socket.send(self._goodbye("warning"))

    async def refresh(self, socket: Socket | None = None) -> None:
        """Ask for a new connection (`refresh_requested`) and close the old, one or all of them."""
        for each in [socket] if socket else self.sockets:
            await each.send(self._goodbye("refresh_requested"))
            await each.wire.close()

    def cut(self) -> None:
        """Lose all connections without a word."""
        for socket in self.sockets:
            socket.transport.abort()

    async def close(self) -> None:
        """Close all connections, as a server does that goes away."""
        for socket in self.sockets:
            await socket.wire.close(code=WSCloseCode.GOING_AWAY)

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": len(self.sockets),
            "debug_info": {**_debug_info(), "approximate_connection_time": CONNECTION_TIME},
            "connection_info": {"app_id": self._state.directory.app.id},
        }

    def _goodbye(self, reason: str) -> JsonObject:
        return {"type": "disconnect", "reason": reason, "debug_info": _debug_info()}

    async def _listen(self, socket: Socket) -> None:
        async for message in socket.wire:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(json.loads(message.data))

    def _acknowledge(self, message: JsonObject) -> None:
        envelope_id = str(message.get("envelope_id", ""))
        for acknowledged in self._waiting.get(envelope_id, ()):
            if not acknowledged.done():
                acknowledged.set_result(message.get("payload") or {})
                return
        self.late.append(envelope_id)
        self._state.bell.ring()


def _envelope(parcel: Parcel) -> JsonObject:
    envelope: JsonObject = {
        "envelope_id": parcel.envelope_id,
        "type": parcel.kind.value,
        "payload": parcel.payload,
        "accepts_response_payload": parcel.accepts_response,
    }
    if parcel.kind is ParcelKind.EVENT:
        envelope |= {"retry_attempt": parcel.retry, "retry_reason": parcel.retry_reason}
    return envelope


def _debug_info() -> JsonObject:
    return {"host": "applink-local"}
