import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.slack.manifest import APP_SCOPE, BOT_EVENTS, BOT_SCOPES, OPTIONAL, REQUIRED, USAGE_HINT, manifest
from bot.slack.settings import COMMAND, Transport
from bot.workspace import Settings, Workspace

DOCUMENT = Path(__file__).parents[4] / "docs" / "slack.md"
URL = "https://pod-proxier.example.com/slack/events"


def read(transport: Transport) -> dict[str, Any]:
    node: dict[str, Any] = yaml.safe_load(manifest(transport, URL))
    return node


def test_in_socket_mode_there_is_no_address() -> None:
    text = manifest(Transport.SOCKET, URL)
    assert yaml.safe_load(text)["settings"]["socket_mode_enabled"] is True
    assert "://" not in text


def test_over_http_everything_is_posted_to_one_address() -> None:
    node = read(Transport.HTTP)
    settings = node["settings"]
    urls = [
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        *(command["url"] for command in node["features"]["slash_commands"]),
    ]
    assert (settings["socket_mode_enabled"], urls) == (False, [URL, URL, URL])


@pytest.mark.parametrize("transport", Transport)
def test_the_transports_differ_in_nothing_else(transport: Transport) -> None:
    node = read(transport)
    [command] = node["features"]["slash_commands"]
    command.pop("url", None)
    assert command == {
        "command": COMMAND,
        "description": "Ask for a port to a pod",
        "usage_hint": USAGE_HINT,
        "should_escape": True,
    }
    assert node["oauth_config"] == {"scopes": {"bot": list(BOT_SCOPES)}}
    assert node["settings"]["interactivity"]["is_enabled"] is True
    assert node["settings"]["event_subscriptions"]["bot_events"] == list(BOT_EVENTS)
    assert not node["settings"]["org_deploy_enabled"]
    assert not node["settings"]["token_rotation_enabled"]


def test_the_scopes_are_those_of_the_documentation() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if re.match(r"\| `[a-z:]+`.*\|", line)]
    documented = {scope for row in rows for scope in re.findall(r"`([a-z]+:[a-z]+|commands)`", row)}
    assert documented == {*BOT_SCOPES, APP_SCOPE}
    assert not REQUIRED.keys() & OPTIONAL.keys()


def test_every_event_has_its_scopes() -> None:
    assert {scope for scopes in BOT_EVENTS.values() for scope in scopes} <= set(BOT_SCOPES)


@pytest.mark.parametrize("transport", Transport)
def test_names_are_no_longer_than_slack_takes(transport: Transport) -> None:
    node = read(transport)
    assert len(node["display_information"]["name"]) <= 35
    assert len(node["display_information"]["description"]) <= 140
    assert len(node["features"]["bot_user"]["display_name"]) <= 80
    assert len(USAGE_HINT) <= 1000


async def test_with_the_scopes_of_the_manifest_slack_refuses_no_method_that_the_bot_uses() -> None:
    scopes = read(Transport.SOCKET)["oauth_config"]["scopes"]["bot"]
    async with Workspace(Settings(scopes=scopes)) as workspace:
        alice = workspace.add_user("alice")
        group = workspace.add_group("payments-leads", members=[alice])
        channel = workspace.add_channel("payments", members=[alice])
        calls = {
            "auth.test": {},
            "chat.postMessage": {"channel": channel.id, "text": "hello"},
            "conversations.info": {"channel": channel.id},
            "conversations.open": {"users": alice.id},
            "usergroups.users.list": {"usergroup": group.id},
            "users.info": {"user": alice.id},
        }
        headers = {"Authorization": f"Bearer {workspace.bot_token}"}
        async with httpx.AsyncClient(base_url=workspace.api_url, headers=headers) as slack:
            for method, arguments in calls.items():
                answer = (await slack.post(method, data=arguments)).json()
                assert answer["ok"], (method, answer)
