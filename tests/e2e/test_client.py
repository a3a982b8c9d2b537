"""``pod-proxier open|list|show|extend|close`` against a bot in a process of its own."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import yaml

from bot.workspace.messages import Message
from tests.e2e.rig import PATIENCE, Rig, nobody_listens
from tests.e2e.rules import policy
from tests.e2e.terminal import READ_ONLY, SCRIPT, TOKEN, Terminal, terminal_of, write_tokens
from tests.real_parts import free_port


@pytest.fixture
async def alice(rig: Rig) -> AsyncIterator[Terminal]:
    """Alice at a terminal, and a bot whose cards come to the channel."""
    asking = f"requesters: {{anyone: true, tokens: [ci]}}, approvers_channel: {rig.channel.id}"
    rig.write(policy=policy(rig, f"namespaces: [payments], {asking}"))
    async with rig.bot(api_token_file=write_tokens(rig)):
        yield terminal_of(rig)


async def card(rig: Rig) -> Message:
    return await rig.channel.message(lambda message: "Approve" in str(message.blocks), within=PATIENCE)


async def test_from_a_request_to_a_port_and_back_for_a_script(rig: Rig, alice: Terminal) -> None:
    script = replace(alice, token=SCRIPT)
    async with script.runs(
        "open", "payments/api-0:debug", "4m", "--reason", "order 4711 hangs", "--wait=2m"
    ) as opening:
        await opening.says("m1 waits for 1 approval; the card is in Slack")
        asked = await card(rig)
        assert "order 4711 hangs" in asked.text + str(asked.blocks)
        opened = await rig.approve(asked)
        address = f"127.0.0.1:{opened.port}"
        said = await opening.ended()
        assert (said.code, said.out) == (0, f"{address}\n")
    async with opened.call() as caller:
        row = (await script.run("list")).out.splitlines()[1].split()
        assert row[:5] == ["m1", "open", f"payments/api-0:{rig.pod.port}", address, "ci"]
        shown = await script.run("show", address, "--output", "json")
        assert (shown.json["id"], shown.json["reason"]) == ("m1", "order 4711 hangs")
        extended = await script.run("extend", address, "10s")
        assert (extended.code, extended.out.startswith(f"m1 is open: {address}, ")) == (0, True)
        before, after = shown.json["expires_at"], (await script.run("show", "m1", "--output", "yaml")).out
        assert yaml.safe_load(after)["expires_at"] > before
        closed = await script.run("close", str(opened.port))
        assert (closed.code, closed.out) == (0, "m1 is closing: closed by ci\n")
        await caller.is_cut(within=PATIENCE)
    assert await nobody_listens(opened.port)
    await rig.shows(asked, "closed")
    assert (await script.run("list")).out == ""
    assert (await script.run("list", "--all-states", "--output", "json")).json["items"][0]["state"] == "closed"


async def test_what_does_not_work_out_is_told_by_the_exit_code(rig: Rig, alice: Terminal) -> None:
    first = await alice.run("open", "payments/api-0:debug", "1m", "--key", "build-1")
    assert (first.code, first.out) == (0, "m1 requested\n")
    assert (await alice.run("open", "payments/api-0:debug", "1m", "--key", "build-1")).out == "m1 requested\n"

    ran_out = await alice.run("open", "payments/api-0:debug", "1m", "--key", "build-1", "--wait=1s")
    assert (ran_out.code, ran_out.out) == (4, "")
    assert "pod-proxier close m1 takes it back" in ran_out.err

    async with alice.runs("open", "payments/api-0:debug", "1m", "--key", "build-1", "--wait") as waiting:
        await waiting.says("m1 waits for 1 approval")
        waiting.interrupt()
        assert (left := await waiting.ended()).code == 130
    assert "m1 stays as it is" in left.err
    assert "Traceback" not in left.err

    async with alice.runs("open", "payments/api-0:debug", "1m", "--key", "build-1", "--wait") as waiting:
        await waiting.says("m1 waits for 1 approval")
        await rig.bob.click(await card(rig), "Deny")
        denied = await waiting.ended()
    assert (denied.code, denied.out) == (3, "")
    assert f"m1 was denied by {rig.bob.id}" in denied.err

    for words, code, told in (
        (("close", "m1"), 3, "m1 is denied"),
        (("show", "m7"), 3, "there is no mapping for m7"),
        (("extend", "9999", "10s"), 3, "nothing is open on port 9999"),
        (("open", "vault/api-0"), 3, "vault"),
        (("open", "api-0"), 2, "pod-proxier open default/api-0"),
        (("list", "--state", "sleeping"), 2, "sleeping"),
    ):
        said = await alice.run(*words)
        assert (said.code, said.out, told in said.err) == (code, "", True), said

    looking = terminal_of(rig, READ_ONLY)
    assert (await looking.run("list", "--all-states", "--output", "json")).code == 0
    assert (await looking.run("open", "payments/api-0")).code == 3
    assert (await terminal_of(rig, "made-up").run("list")).code == 3


async def test_without_a_server_it_has_failed_and_says_where_it_looked() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    said = await Terminal(url).run("list")
    assert (said.code, said.out) == (1, "")
    assert f"{url} does not answer: Connection refused" in said.err
    asked = await Terminal(url).run("open", "payments/api-0", "--key", "build-1")
    assert "the same again with --key build-1 asks only once" in asked.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("open",), "required: NS/POD[:PORT] [TTL]"),
        (("open", "payments/api-0", "--wait=soon"), "for example --wait=2h"),
        (("open", "payments/api-0", "--key", "a b"), "for example --key build-4711"),
        (("list", "--namespace", "a b"), "for example --namespace payments"),
        (("list", "--requester", "alice"), "for example --requester rest:ci"),
        (("list", "--limit", "0"), "for example --limit 20"),
        (("close", "payments/api-0"), "pod-proxier close 10004"),
        (("list", "--server", f"https://{TOKEN}@gw.example.com"), "a token never stands in it"),
        (("list", "--token", "geheim"), "did you mean --token-file?"),
    ],
)
async def test_what_cannot_be_read_is_answered_with_what_can(words: tuple[str, ...], told: str) -> None:
    said = await Terminal("http://127.0.0.1:1").run(*words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


async def test_a_token_that_anybody_on_the_way_could_read_is_warned_of_once() -> None:
    said = await Terminal(f"http://0.0.0.0:{free_port()}").run("list")
    assert said.code == 1
    assert said.err.count("unencrypted") == 1
