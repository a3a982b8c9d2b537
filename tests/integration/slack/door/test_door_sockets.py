"""Socket Mode: connections end, Slack goes away, tokens die; the bot is there again as soon as it can be."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from bot.slack.door import SlackDoor, socket_mode
from bot.slack.settings import SlackSettings, Transport
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Slack
from bot.workspace import Workspace
from tests.integration.slack.door.conftest import Opening
from tests.integration.slack.door.house import House, eventually
from tests.integration.slack.door.listening import served
from tests.integration.slack.secrets import Secrets


@pytest.fixture
def transport() -> Transport:
    return Transport.SOCKET


@pytest.fixture
def settings(settings: SlackSettings) -> SlackSettings:
    return replace(settings, lost_after=timedelta(milliseconds=300), deadline=timedelta(seconds=1))


async def is_served(house: House) -> bool:
    return (await house.alice.command("/proxy", "help", channel=house.channel)).acked


async def test_there_are_two_connections_and_both_are_used(door: SlackDoor, house: House, workspace: Workspace) -> None:
    for _ in range(2):
        assert await is_served(house)
    assert len({outcome.carrier for outcome in workspace.courier.outcomes}) == 2
    assert (door.connected, door.trouble) == (True, "")


async def test_a_connection_that_slack_closes_is_replaced(door: SlackDoor, house: House, workspace: Workspace) -> None:
    [first, second] = workspace.sockets.sockets
    await workspace.sockets.refresh(first)
    assert door.connected
    assert await is_served(house)
    await workspace.until(lambda: len(workspace.sockets.sockets) == 2)
    assert second in workspace.sockets.sockets


async def test_a_connection_that_slack_warns_about_is_used_until_there_is_another(
    house: House, workspace: Workspace, door: SlackDoor
) -> None:
    before = set(workspace.sockets.sockets)
    await workspace.sockets.warn()
    assert await is_served(house)
    await workspace.until(lambda: len(set(workspace.sockets.sockets) - before) == 2)
    await workspace.until(lambda: not before & set(workspace.sockets.sockets))
    assert await is_served(house)
    assert door.connected


async def test_connections_that_are_cut_are_made_anew(door: SlackDoor, house: House, workspace: Workspace) -> None:
    workspace.sockets.cut()
    await workspace.until(lambda: not workspace.sockets.sockets)
    await workspace.connected(2)
    assert await is_served(house)
    assert door.connected


async def test_a_dead_token_is_told_and_read_again_until_it_lives(
    door: SlackDoor, house: House, workspace: Workspace, secrets: Secrets
) -> None:
    workspace.revoke_tokens()
    workspace.sockets.cut()
    await eventually(lambda: "token_revoked" in door.trouble)
    assert not door.connected
    readings = secrets.readings
    assert readings > 1
    workspace.restore_tokens()
    await workspace.connected(2)
    assert await is_served(house)
    assert door.trouble == ""


async def test_a_token_that_was_replaced_is_used(
    door: SlackDoor, house: House, workspace: Workspace, secrets: Secrets
) -> None:
    workspace.state.app_token = secrets.app = workspace.app_token + "-anew"
    workspace.sockets.cut()
    await workspace.until(lambda: not workspace.sockets.sockets)
    await workspace.connected(2)
    assert await is_served(house)
    assert door.connected


async def test_a_bot_that_starts_without_slack_is_there_once_slack_is(
    house: House, workspace: Workspace, settings: SlackSettings, slack: Slack
) -> None:
    identity = await slack.identity()
    workspace.begin_outage()
    async with SlackDoor(house.services, settings, slack, identity, house.news) as door:
        await eventually(lambda: "apps.connections.open" in door.trouble)
        assert not door.connected
        workspace.end_outage()
        await workspace.connected(2)
        assert await is_served(house)


async def test_a_connection_on_which_nothing_comes_back_is_given_up(
    opening: Opening, house: House, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "PING", 0.4)
    async with opening(house):
        deaf = set(workspace.sockets.sockets)
        for socket in deaf:
            socket.transport.pause_reading()
        await workspace.until(lambda: len(set(workspace.sockets.sockets) - deaf) == 2)
        for socket in deaf:
            socket.transport.abort()
        await workspace.until(lambda: not deaf & set(workspace.sockets.sockets))
        assert await is_served(house)


class _Misled(Slack):
    """Is sent to an address where nobody lets it in, the first time."""

    misled = 0

    async def open_connection(self) -> str:
        url = await super().open_connection()
        self.misled += 1
        return url.replace("ticket=", "ticket=none-") if self.misled <= 2 else url


@pytest.fixture
async def misled(settings: SlackSettings, secrets: Secrets) -> AsyncIterator[_Misled]:
    async with _Misled(settings, Credentials(secrets.read)) as slack:
        yield slack


async def test_an_address_that_leads_nowhere_is_given_up_for_another(
    house: House, workspace: Workspace, settings: SlackSettings, misled: _Misled
) -> None:
    async with SlackDoor(house.services, settings, misled, await misled.identity(), house.news):
        await workspace.connected(2)
        assert await is_served(house)
    assert misled.misled == 4


async def test_leaving_closes_the_connections(opening: Opening, house: House, workspace: Workspace) -> None:
    async with opening(house) as door:
        pass
    await workspace.until(lambda: not workspace.sockets.sockets)
    assert not door.connected


async def test_there_is_nothing_to_post_to(door: SlackDoor) -> None:
    async with served(door) as url, aiohttp.ClientSession() as session, session.post(url, data=b"") as response:
        assert response.status == 404
