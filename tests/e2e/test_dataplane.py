"""The whole bot with the files that ``haproxy-config --gateway dataplane`` writes, HAProxy, and the API's stand-in."""

import base64
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from bot.demo.process import BotProcess
from core.adapters.haproxy.dataplane.rendering import PASSWORD_VARIABLE
from tests.dataplane_standin import Kind, StandIn, as_printed
from tests.e2e.doors import until_ready_says
from tests.e2e.haproxy import pid_of
from tests.e2e.rig import PATIENCE, Rig
from tests.real_parts import free_port, running
from tests.real_parts.processes import run_to_the_end

USER: Final = "dataplane"
PASSWORD: Final = "correct-horse-battery-staple"
SHOWS_IT: Final = (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "Basic ")


@asynccontextmanager
async def printed(rig: Rig, binary: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandIn]:
    """Have the files written, HAProxy started with them, and the API before it."""
    folder, url = rig.folder / "own", f"http://127.0.0.1:{free_port()}"
    folder.mkdir()
    verb = ("haproxy-config", "--gateway", "dataplane", "--write", folder, "--bind-addr", "127.0.0.1")
    more = ("--ports", f"{rig.ports[0]}-{rig.ports[-1]}", "--api-addr", url, "--api-user", USER)
    run_to_the_end([sys.executable, "-m", "bot", *verb, *more], log=rig.folder / "written.log")
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    command: list[str | Path] = [binary, "-db", "-f", folder / "haproxy.cfg"]
    socket = folder / "admin.sock"
    with running(command, log=folder / "haproxy.log", ready=socket.exists):
        async with as_printed(folder / "dataplaneapi.yml", kind) as api:
            assert api.url == url
            yield api


def bot(
    rig: Rig, api: StandIn, environment: Mapping[str, str] | None = None, file: Path | None = None
) -> AbstractAsyncContextManager[BotProcess]:
    """Run the bot over that API; its password is in the environment or in a file."""
    return rig.bot(
        environment=environment,
        gateway="dataplane",
        api_addr=api.url,
        api_user=USER,
        api_password_file=file,
        stop_gateway=None,
        log_level="debug",
    )


def assert_nothing_shows_it(rig: Rig) -> None:
    for log in rig.folder.rglob("*.log"):
        text = log.read_text()
        assert not [secret for secret in SHOWS_IT if secret in text], log


@pytest.mark.parametrize(("kind", "which"), [(Kind.V3_4, "haproxy_wheel"), (Kind.V2_9, "haproxy_debian")])
async def test_what_was_printed_works_together_without_a_reload_and_without_a_word_of_the_password(
    rig: Rig, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kind: Kind, which: str
) -> None:
    async with printed(rig, request.getfixturevalue(which), kind, monkeypatch) as api:
        before = pid_of(rig.folder)
        async with bot(rig, api, rig.tokens() | {"POD_PROXIER_API_PASSWORD": PASSWORD}):
            opened = await rig.open("pod payments/api-0 1m from 127.0.0.1")
            async with opened.call() as caller:
                await rig.alice.click(opened.card, "Extend 5s")
                await rig.channel.message(opened.replies("5s more"), within=PATIENCE)
                assert await caller.says("still here") == "api-0: still here"
                await (await rig.alice.command("/proxy", f"close {opened.port}", channel=rig.channel)).reply("closing")
                await caller.is_cut(within=5)
            await rig.shows(opened.card, "Closed")
        assert pid_of(rig.folder) == before
        assert 202 not in api.answered
    assert_nothing_shows_it(rig)


async def test_a_bot_whose_password_is_not_accepted_tells_so_and_not_the_password(
    rig: Rig, haproxy_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with printed(rig, haproxy_wheel, Kind.V3_4, monkeypatch) as api:
        api.password = "another one"
        secret = rig.folder / "password"
        secret.write_text(f"{PASSWORD}\n")
        async with bot(rig, api, file=secret):
            found = await until_ready_says(rig.rest_port, "gateway", lambda gateway: not gateway.ok)
            assert "401" in found.detail
            assert_nothing_shows_it(rig)
            api.password = PASSWORD
            async with (await rig.open("pod payments/api-0 20s from 127.0.0.1")).call():
                pass
    assert_nothing_shows_it(rig)


async def test_a_bot_that_is_given_its_password_twice_is_refused_without_a_word_of_it(rig: Rig) -> None:
    given = {"gateway": "dataplane", "api_password": PASSWORD, "api_password_file": rig.folder / "password"}
    refused = BotProcess(rig.flags(stop_gateway=None, log_level="debug", **given), rig.tokens(), rig.folder / "bot.log")
    await refused.start()
    try:
        assert await refused.exited() != 0
    finally:
        await refused.stop()
    assert "POD_PROXIER_API_PASSWORD and POD_PROXIER_API_PASSWORD_FILE are both given" in refused.log.read_text()
    assert_nothing_shows_it(rig)
