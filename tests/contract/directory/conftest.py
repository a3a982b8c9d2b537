from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials, Tokens
from bot.slack.webapi.client import Slack
from bot.workspace import Workspace
from tests.contract.directory.towns import MemoryTown, SlackTown, Town


@pytest.fixture(params=["memory", "slack"])
async def town(request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    if request.param == "memory":
        yield MemoryTown()
        return
    async with Workspace() as workspace:
        settings = SlackSettings("proxy.example.com", api_url=workspace.api_url)
        credentials = Credentials(lambda: Tokens(SecretStr(workspace.bot_token)))
        async with Slack(settings, credentials) as slack:
            yield SlackTown(workspace, slack)
