"""An app that listens over Socket Mode, with Slack's own client."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.integration.workspace.world import World

PING = 0.2


@dataclass
class Listener:
    """What it was sent, and how it answers: with a payload, with an empty one, or (None) not at all."""

    client: SocketModeClient
    answer: Callable[[SocketModeRequest], dict[str, Any] | None]
    requests: list[SocketModeRequest] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        """The payload that it was sent last."""
        return dict(self.requests[-1].payload)

    async def take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        payload = self.answer(request)
        if payload is not None:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))


def acknowledge(_: SocketModeRequest) -> dict[str, Any]:
    return {}


def say_nothing(_: SocketModeRequest) -> None:
    return None


@asynccontextmanager
async def listening(
    world: World, answer: Callable[[SocketModeRequest], dict[str, Any] | None] = acknowledge
) -> AsyncIterator[Listener]:
    """Hold one more socket."""
    before = len(world.workspace.sockets.sockets)
    web = AsyncWebClient(base_url=world.workspace.api_url)
    client = SocketModeClient(app_token=world.workspace.app_token, web_client=web, ping_interval=PING)
    listener = Listener(client, answer)
    client.socket_mode_request_listeners.append(listener.take)
    await client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it bare
    await world.workspace.connected(before + 1)
    try:
        yield listener
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it bare


async def respond(url: str, **body: Any) -> int:
    """Post to a response URL; the HTTP status is returned."""
    return (await AsyncWebhookClient(url, retry_handlers=[]).send_dict(body)).status_code
