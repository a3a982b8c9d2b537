from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import pytest

from bot.slack.door import SlackDoor
from bot.slack.settings import SlackSettings, Transport
from bot.slack.webapi.client import Slack
from bot.workspace import Workspace
from tests.integration.slack.door.house import House
from tests.integration.slack.door.listening import served

Opening: TypeAlias = Callable[[House], AbstractAsyncContextManager[SlackDoor]]
"""Opens a door to a house, and has Slack use it."""


@pytest.fixture
def settings(settings: SlackSettings) -> SlackSettings:
    return replace(settings, deadline=timedelta(seconds=2), drain=timedelta(seconds=5))


@pytest.fixture
def house(workspace: Workspace, slack: Slack) -> House:
    return House(workspace, slack)


@pytest.fixture(params=Transport)
def transport(request: pytest.FixtureRequest) -> Transport:
    transport: Transport = request.param
    return transport


@pytest.fixture
async def opening(transport: Transport, settings: SlackSettings, slack: Slack, workspace: Workspace) -> Opening:
    identity = await slack.identity()

    @asynccontextmanager
    async def opened(house: House) -> AsyncIterator[SlackDoor]:
        chosen = replace(settings, transport=transport)
        async with AsyncExitStack() as stack:
            door = SlackDoor(house.services, chosen, slack, identity, house.news)
            if transport is Transport.HTTP:
                await workspace.use_request_url(await stack.enter_async_context(served(door)))
            await stack.enter_async_context(door)
            if transport is Transport.SOCKET:
                await workspace.connected(settings.sockets)
            yield door

    return opened


@pytest.fixture
async def door(opening: Opening, house: House) -> AsyncIterator[SlackDoor]:
    async with opening(house) as door:
        yield door
