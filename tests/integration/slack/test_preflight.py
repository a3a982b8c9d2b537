from dataclasses import replace

import pytest

from bot.slack.errors import SetupError, SlackUnreachable
from bot.slack.settings import SlackSettings, Transport
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Identity, Slack
from bot.slack.webapi.preflight import preflight
from bot.workspace import Workspace
from tests.integration.slack.secrets import Secrets


async def test_all_is_well_with_good_tokens(slack: Slack, workspace: Workspace) -> None:
    assert (await preflight(slack, Transport.SOCKET)).team == workspace.team_id
    assert [call.method for call in workspace.calls.all()] == ["auth.test", "apps.connections.open"]


async def test_over_http_no_connection_is_asked_for(slack: Slack, workspace: Workspace) -> None:
    await preflight(slack, Transport.HTTP)
    assert not workspace.calls.of("apps.connections.open")


async def refusal(settings: SlackSettings, secrets: Secrets, transport: Transport = Transport.SOCKET) -> str:
    async with Slack(settings, Credentials(secrets.read)) as slack:
        with pytest.raises(SetupError) as caught:
            await preflight(slack, transport)
    return str(caught.value)


@pytest.mark.parametrize(
    ("bot", "words"),
    [
        ("xoxe.xoxb-1-abc", "rotating"),
        ("xoxp-1-abc", "has to begin with xoxb-"),
        ("xapp-1-abc", "has to begin with xoxb-"),
        ("xoxb-nobody-knows-it", "invalid_auth"),
    ],
)
async def test_a_wrong_bot_token_is_told_with_what_to_do(
    settings: SlackSettings, secrets: Secrets, bot: str, words: str
) -> None:
    secrets.bot = bot
    assert words in await refusal(settings, secrets)


@pytest.mark.parametrize(
    ("app", "words"),
    [("", "SLACK_APP_TOKEN"), ("xoxb-1", "has to begin with xapp-"), ("xapp-1", "connections:write")],
)
async def test_a_wrong_app_token_is_told_with_what_to_do(
    settings: SlackSettings, secrets: Secrets, app: str, words: str
) -> None:
    secrets.app = app
    assert words in await refusal(settings, secrets)


async def test_signed_http_needs_the_secret(settings: SlackSettings, secrets: Secrets) -> None:
    secrets.signing_secret = ""
    assert "SLACK_SIGNING_SECRET" in await refusal(settings, secrets, Transport.HTTP)


async def test_no_token_is_ever_shown(settings: SlackSettings, secrets: Secrets) -> None:
    secrets.bot = "xoxp-very-secret"
    assert "very-secret" not in await refusal(settings, secrets)


@pytest.mark.parametrize("code", ["link_disabled", "not_allowed_token_type", "a_code_of_next_year"])
async def test_socket_mode_that_cannot_be_had_is_told(
    workspace: Workspace, settings: SlackSettings, secrets: Secrets, code: str
) -> None:
    workspace.faults.fail("apps.connections.open", code)
    assert code in await refusal(settings, secrets)


async def test_an_installation_without_a_workspace_is_refused(
    workspace: Workspace, settings: SlackSettings, secrets: Secrets
) -> None:
    directory = workspace.state.directory
    directory.team = replace(directory.team, id="")
    assert "one workspace" in await refusal(settings, secrets)


class OrgWide(Slack):
    async def identity(self) -> Identity:
        return replace(await super().identity(), org_wide=True)


async def test_an_installation_for_a_whole_organisation_is_refused(settings: SlackSettings, secrets: Secrets) -> None:
    async with OrgWide(settings, Credentials(secrets.read)) as slack:
        with pytest.raises(SetupError, match="one workspace"):
            await preflight(slack, Transport.SOCKET)


async def test_an_outage_says_nothing_about_the_tokens(slack: Slack, workspace: Workspace) -> None:
    workspace.begin_outage()
    with pytest.raises(SlackUnreachable):
        await preflight(slack, Transport.SOCKET)
