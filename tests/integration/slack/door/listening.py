"""The door behind uvicorn, as the bot serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot.slack.door import SlackDoor


@asynccontextmanager
async def served(door: SlackDoor) -> AsyncIterator[str]:
    """Serve it on a free port; yields the request URL.

    Without uvicorn's own server around the protocol, which takes two tenths of a second to stop.
    """
    app = Starlette(routes=[Route("/slack/events", door.events, methods=["POST"])])
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: H11Protocol(config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/slack/events"
    finally:
        server.close()
        for connection in tuple(state.connections):
            connection.shutdown()
        await server.wait_closed()
