from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.workspace import Workspace
from tests.integration.slack.held import HeldSlack
from tests.integration.slack.office import Office
from tests.integration.slack.secrets import Secrets


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace() as workspace:
        yield workspace


@pytest.fixture
def secrets(workspace: Workspace) -> Secrets:
    return Secrets(workspace)


@pytest.fixture
def settings(workspace: Workspace) -> SlackSettings:
    return SlackSettings("proxy.example.com", api_url=workspace.api_url, deadline=timedelta(seconds=5))


@pytest.fixture
async def slack(settings: SlackSettings, secrets: Secrets) -> AsyncIterator[HeldSlack]:
    async with HeldSlack(settings, Credentials(secrets.read)) as slack:
        yield slack


@pytest.fixture
async def office(workspace: Workspace, slack: HeldSlack, settings: SlackSettings) -> Office:
    return Office(workspace, slack, settings)
