"""REST beside Slack: what is asked for by a token is decided by people, where people are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from bot.workspace.messages import Message
from tests.e2e.doors import until_ready_says
from tests.e2e.previous import TOKEN as SCRIPT
from tests.e2e.rig import PATIENCE, Rig, nobody_listens
from tests.e2e.rules import policy

ALICE: Final = "the-token-of-alice-0123456789"
BOB: Final = "the-token-of-bob-0123456789-0"


@pytest.fixture
def tokens(rig: Rig) -> str:
    """Alice's, bob's who may approve, and one of a program's."""
    text = (
        f"- {{name: script, token: {SCRIPT}, scopes: [read, request]}}\n"
        f"- {{name: alice, token: {ALICE}, scopes: [read, request], user: {rig.alice.id}}}\n"
        f"- {{name: bob, token: {BOB}, scopes: [read, approve], user: {rig.bob.id}}}\n"
    )
    rig.write(tokens=text)
    (rig.folder / "tokens.yaml").chmod(0o600)
    return text


@asynccontextmanager
async def bot(rig: Rig, rules: Sequence[str], **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Run a bot with the tokens and these rules."""
    rig.write(policy=policy(rig, *rules))
    tokens = rig.folder / "tokens.yaml"
    url = f"http://127.0.0.1:{rig.rest_port}"
    async with (
        rig.bot(api_token_file=tokens, listen_addr="127.0.0.1", **more),
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        yield client


def as_(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def ask(client: httpx.AsyncClient, token: str, **more: Any) -> dict[str, Any]:
    body = {"target": "payments/api-0:debug", "ttl": "30s", **more}
    answer = await client.post("/api/v2/mappings", json=body, headers=as_(token))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def card(rig: Rig) -> Message:
    return await rig.channel.message(lambda message: "Approve" in str(message.blocks), within=PATIENCE)


@pytest.mark.usefixtures("tokens")
async def test_what_a_user_asks_for_by_a_token_is_approved_by_a_click_in_the_approvers_channel(rig: Rig) -> None:
    async with bot(rig, [f"namespaces: [payments], approvers_channel: {rig.channel.id}"]) as client:
        made = await ask(client, ALICE, reason="order 4711 hangs")
        assert (made["state"], made["requester"]) == ("requested", f"slack:{rig.workspace.team_id}/{rig.alice.id}")
        asked = await card(rig)
        assert rig.alice.id in asked.text + str(asked.blocks)
        assert "order 4711 hangs" in str(asked.blocks)
        path = f"/api/v2/mappings/{made['id']}"
        waiting = asyncio.create_task(client.get(path, params={"wait": 30}, headers=as_(ALICE)))
        opened = await rig.approve(asked)
        told = (await waiting).json()
        assert (told["state"], told["host"], told["port"]) == ("open", "127.0.0.1", opened.port)
        assert told["approvals"]["by"] == [f"slack:{rig.workspace.team_id}/{rig.bob.id}"]
        async with opened.call() as caller:
            closed = await client.post(f"{path}/close", headers=as_(ALICE))
            assert closed.json()["state"] == "closing"
            await caller.is_cut(within=5)
        await rig.shows(asked, "closed")


@pytest.mark.usefixtures("tokens")
async def test_a_program_is_approved_by_a_user_of_rest_and_its_card_says_so(rig: Rig) -> None:
    requesters = "requesters: {anyone: true, tokens: [script]}"
    async with bot(rig, [f"namespaces: [payments], {requesters}, approvers_channel: {rig.channel.id}"]) as client:
        made = await ask(client, SCRIPT)
        asked = await card(rig)
        answer = await client.post(f"/api/v2/mappings/{made['id']}/approve", headers=as_(BOB))
        assert (answer.status_code, answer.json()["state"]) == (200, "approved")
        await rig.shows(asked, "127.0.0.1:")
        assert rig.bob.id in asked.text + str(asked.blocks)


@pytest.mark.usefixtures("tokens")
async def test_v1_is_shown_in_the_announce_channel_and_whoever_had_the_entry_port_is_told(rig: Rig) -> None:
    entry, api = rig.ports[-1], rig.ports[-2]
    own = {"ports": f"{rig.ports[0]}-{rig.ports[-3]}", "default_map_port": entry, "entry_api": f"127.0.0.1:{api}"}
    rules = ["namespaces: [payments], v1: true"]
    async with bot(rig, rules, enable_v1=True, announce_channel=rig.channel.id, **own) as client:
        body = {"pod_name": "payments/api-0", "time": 60, "port": rig.pod.port}
        first = (await client.post("/api/v1/mapping", json=body, headers=as_(ALICE))).json()
        assert (first["code"], first["data"]["port"]) == (10000, entry)
        shown = await rig.channel.message(lambda message: f"127.0.0.1:{entry}" in message.text, within=PATIENCE)
        second = (await client.post("/api/v1/mapping", json=body, headers=as_(SCRIPT))).json()
        assert second["data"]["replaced"]["id"] == first["data"]["id"]
        await rig.shows(shown, "script (REST) led its port to")


async def test_a_token_that_is_taken_out_of_the_file_lets_nobody_in_any_more_and_a_bad_file_changes_nothing(
    rig: Rig, tokens: str
) -> None:
    async with bot(rig, ["namespaces: [payments]"]) as client:
        rig.write(tokens=tokens.replace("scopes", "scope"))
        found = await until_ready_says(rig.rest_port, "tokens", lambda finding: not finding.ok)
        assert "did you mean scopes?" in found.detail
        assert (await client.get("/api/v2/mappings", headers=as_(ALICE))).status_code == 200
        rig.write(tokens=tokens.partition("\n")[0] + "\n")
        found = await until_ready_says(rig.rest_port, "tokens", lambda finding: finding.ok)
        assert found.detail == "1 in force"
        assert (await client.get("/api/v2/mappings", headers=as_(ALICE))).status_code == 401
        assert (await client.get("/api/v2/mappings", headers=as_(SCRIPT))).status_code == 200
    log = (rig.folder / "bot.log").read_text()
    assert not [secret for secret in (ALICE, BOB, SCRIPT) if secret in log]


@pytest.mark.usefixtures("tokens")
async def test_what_waits_for_an_answer_has_it_when_the_bot_is_told_to_stop(rig: Rig) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{rig.rest_port}", timeout=60) as waiter:
        async with bot(rig, [f"namespaces: [payments], approvers_channel: {rig.channel.id}"]) as client:
            made = await ask(client, ALICE)
            path = f"/api/v2/mappings/{made['id']}"
            waiting = asyncio.create_task(waiter.get(path, params={"wait": 30}, headers=as_(ALICE)))
            await card(rig)
        assert (await waiting).json()["state"] == "requested"
    assert await nobody_listens(rig.rest_port)
