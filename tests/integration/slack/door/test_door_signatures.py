"""Over HTTP anybody can post; only what Slack has signed is looked at."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.slack.door import SlackDoor, http
from bot.slack.door.http import MOST_BYTES
from bot.slack.settings import Transport
from bot.workspace import Workspace
from bot.workspace.delivery.signing import signature
from tests.integration.slack.door.conftest import Opening
from tests.integration.slack.door.house import House
from tests.integration.slack.secrets import Secrets

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def transport() -> Transport:
    return Transport.HTTP


@pytest.fixture
def body(house: House, workspace: Workspace) -> bytes:
    """A command that would make a mapping."""
    fields = {
        "command": "/proxy",
        "text": "pod sandbox/api-0",
        "user_id": house.alice.id,
        "team_id": workspace.team_id,
        "channel_id": house.channel.id,
        "trigger_id": "1.2.3",
        "response_url": f"{workspace.state.base_url}/commands/none",
    }
    return urlencode(fields).encode()


def signed(workspace: Workspace, body: bytes, age: int = 0, secret: str | None = None) -> dict[str, str]:
    now = int(time.time()) - age
    made = signature(secret or workspace.signing_secret, now, body)
    return {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": made}


async def post(workspace: Workspace, body: bytes, headers: Mapping[str, str], content_type: str = FORM) -> int:
    url = workspace.courier._http.url if workspace.courier._http else ""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers={**headers, "Content-Type": content_type}) as response,
    ):
        await response.read()
        return response.status


async def test_what_slack_signed_is_done(opening: Opening, house: House, workspace: Workspace, body: bytes) -> None:
    async with opening(house):
        assert await post(workspace, body, signed(workspace, body)) == 200
    assert len(house.mappings()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "1.5"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Signature": "v0=h\u00e4\u00e4\u00e4"},
        {"X-Slack-Signature": ""},
    ],
)
async def test_what_is_not_signed_as_slack_does_is_turned_away_unread(
    door: SlackDoor, house: House, workspace: Workspace, body: bytes, headers: dict[str, str]
) -> None:
    complete = {**signed(workspace, body), **headers} if headers else {}
    assert await post(workspace, body, complete) == 401
    assert not house.mappings()
    assert door.connected


@pytest.mark.usefixtures("door")
async def test_neither_another_secret_nor_an_old_signature_nor_another_body_will_do(
    house: House, workspace: Workspace, body: bytes
) -> None:
    assert await post(workspace, body, signed(workspace, body, secret="a guess")) == 401
    assert await post(workspace, body, signed(workspace, body, age=301)) == 401
    assert await post(workspace, body, signed(workspace, body, age=-301)) == 401
    assert await post(workspace, body + b"&text=list", signed(workspace, body)) == 401
    assert not house.mappings()


@pytest.mark.usefixtures("door")
async def test_a_check_of_the_certificate_needs_a_signature_too(workspace: Workspace, body: bytes) -> None:
    assert await post(workspace, body + b"&ssl_check=1", {}) == 401
    assert await post(workspace, b'{"type":"url_verification","challenge":"x"}', {}, "application/json") == 401


@pytest.mark.usefixtures("door")
async def test_what_is_signed_and_still_unreadable_is_no_defect_of_ours(workspace: Workspace) -> None:
    for nonsense in (b"{", b"payload=%7B", b"[]"):
        assert await post(workspace, nonsense, signed(workspace, nonsense), "application/json") in {200, 400}
    assert await post(workspace, b"\xff\xfe", signed(workspace, b"\xff\xfe")) == 401


@pytest.mark.usefixtures("door")
async def test_a_body_that_is_too_long_is_not_read_to_its_end(workspace: Workspace) -> None:
    long = b"x" * (MOST_BYTES + 1)
    assert await post(workspace, long, signed(workspace, long)) == 413


@pytest.mark.usefixtures("door")
async def test_a_body_that_does_not_come_is_not_waited_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_WITHIN", 0.05)
    url = workspace.courier._http.url if workspace.courier._http else ""
    answered = asyncio.Event()

    async def drips() -> AsyncIterator[bytes]:
        yield b"payload="
        await answered.wait()

    async with aiohttp.ClientSession() as session, session.post(url, data=drips()) as response:
        answered.set()
        assert response.status == 408


@pytest.mark.usefixtures("door")
async def test_slack_verifies_the_request_url(workspace: Workspace) -> None:
    assert await workspace.verify_request_url()


@pytest.mark.usefixtures("door")
async def test_a_secret_that_was_replaced_is_read_again(house: House, workspace: Workspace, secrets: Secrets) -> None:
    workspace.state.signing_secret = secrets.signing_secret = "the new one"
    assert (await house.alice.command("/proxy", "help", channel=house.channel)).acked


@pytest.mark.usefixtures("door")
async def test_a_flood_of_bad_signatures_does_not_make_us_read_the_file_each_time(
    workspace: Workspace, secrets: Secrets, body: bytes
) -> None:
    before = secrets.readings
    for _ in range(5):
        assert await post(workspace, body, signed(workspace, body, secret="a guess")) == 401
    assert secrets.readings == before + 1


@pytest.mark.usefixtures("door")
async def test_a_secret_that_cannot_be_read_changes_nothing(
    house: House, workspace: Workspace, secrets: Secrets, body: bytes
) -> None:
    secrets.missing = True
    assert await post(workspace, body, signed(workspace, body, secret="a guess")) == 401
    assert (await house.alice.command("/proxy", "help", channel=house.channel)).acked
