"""Which port somebody gets, and what is there to see and to do by typing."""

from datetime import timedelta

from bot.workspace.hands.answer import Answer
from bot.workspace.hands.person import Person
from bot.workspace.messages import Message
from tests.e2e.rig import PATIENCE, Rig
from tests.e2e.rules import pods, policy


async def _types(rig: Rig, who: Person, text: str) -> Answer:
    answer = await who.command("/proxy", text, channel=rig.channel)
    assert answer.acked
    return answer


async def _reads(rig: Rig, who: Person, text: str, words: str) -> str:
    """Type, and read the answer that says this."""
    return (await (await _types(rig, who, text)).reply(words, within=PATIENCE)).text


async def _opened_without_approval(rig: Rig, who: Person, text: str) -> Message:
    before = len(rig.channel.roots)
    await _types(rig, who, text)
    card = await rig.channel.message(lambda m: not m.is_reply and len(rig.channel.roots) > before, within=PATIENCE)
    await rig.shows(card, "127.0.0.1:")
    return card


async def test_a_port_rests_before_it_goes_to_somebody_else_and_comes_back_to_its_own(rig: Rig) -> None:
    rig.write(
        policy=policy(rig, "namespaces: [lab], approvals: 0", "namespaces: [payments]"),
        inventory=pods(rig, "lab/api-0", "lab/worker-0", "payments/api-0"),
    )
    port = rig.ports[0]
    async with rig.bot(ports=f"{port}-{port}", port_rest="10m"):
        card = await _opened_without_approval(rig, rig.alice, "pod lab/api-0 20s")
        assert "The next one frees" in await _reads(rig, rig.bob, "pod lab/api-0 20s", "in use or resting")
        await _reads(rig, rig.alice, f"close {port}", "is closing")
        await rig.shows(card, "is closed")
        await _reads(rig, rig.bob, "pod lab/api-0 20s", "in use or resting")
        await _reads(rig, rig.alice, "pod lab/worker-0 20s", "in use or resting")
        waiting = await rig.request("pod payments/api-0 20s")
        await (await rig.bob.click(waiting, "Approve")).reply("in use or resting", within=PATIENCE)
        assert "Approve" in str(waiting.blocks)
        again = await _opened_without_approval(rig, rig.alice, "pod lab/api-0 20s")
        assert f"127.0.0.1:{port}`" in again.text


async def test_a_list_shows_what_is_mine_and_hides_what_is_none_of_my_business(rig: Rig) -> None:
    people = f"requesters: {{users: [{rig.alice.id}]}}, approvers: {{users: [{rig.carol.id}]}}"
    rig.write(
        policy=policy(rig, "namespaces: [payments]", f"namespaces: [orders], {people}"),
        inventory=pods(rig, "payments/api-0", "orders/api-0"),
    )
    async with rig.bot():
        opened = await rig.open("pod payments/api-0 1m secret reason")
        await rig.request("pod orders/api-0 20s secret reason")
        mine = await _reads(rig, rig.alice, "list", "2 mappings of yours")
        assert f"`{opened.port}` · *payments/api-0:{rig.pod.port}* · open, " in mine
        assert f"no port yet · *orders/api-0:{rig.pod.port}* · waits for approval, " in mine
        await _reads(rig, rig.bob, "list", "nothing waits for you")
        everything = await _reads(rig, rig.bob, "list all", "2 mappings in all")
        assert f"*payments/api-0:{rig.pod.port}* · <@{rig.alice.id}> · open" in everything
        assert f"a target not shown to you · <@{rig.alice.id}> · waits" in everything
        operators = await _reads(rig, rig.carol, "list all", "2 mappings in all")
        assert "*orders/api-0" in operators
        assert "orders" not in everything
        assert not any("secret" in seen for seen in (mine, everything, operators))


async def test_more_time_and_an_end_can_be_typed_by_those_who_may(rig: Rig) -> None:
    dave = rig.workspace.add_user("dave")
    rig.channel.members.add(dave.id)
    people = f"approvers: {{users: [{rig.bob.id}]}}"
    rig.write(policy=policy(rig, f"namespaces: [payments], {people}"))
    async with rig.bot():
        opened = await rig.open("pod payments/api-0 30s")
        for who in (rig.bob, dave):
            refused = await _reads(rig, who, f"extend {opened.port} 5s", "You cannot extend this")
            assert f"Who can: <@{rig.alice.id}> or <@{rig.carol.id}>" in refused
        assert f"/proxy extend {opened.port} 5m" in await _reads(rig, rig.alice, f"extend {opened.port} 9h", "9h")
        await _reads(rig, rig.carol, f"extend {opened.port} 5s", "5s more")
        await rig.channel.message(opened.replies("5s more"), within=PATIENCE)
        await _reads(rig, rig.alice, "extend m1 1m", "1m more")
        await rig.channel.message(opened.replies("1m more"), within=PATIENCE)
        await rig.ends(opened.card, opened.end + timedelta(seconds=65))
        await _reads(rig, dave, f"close {opened.port}", "You cannot close this")
        async with opened.call() as caller:
            await _reads(rig, rig.carol, f"close {opened.port}", "is closing")
            await caller.is_cut(within=5)
        await rig.alice.dm(f"<@{rig.carol.id}> closed", within=PATIENCE)
        await rig.shows(opened.card, "is closed")  # until then it holds its port
        await _reads(rig, rig.alice, f"close {opened.port}", "Nothing is known")


async def test_help_shows_what_works_here_and_what_it_shows_works(rig: Rig) -> None:
    rig.write(policy=policy(rig, "namespaces: [payments], source: required, ports: [debug]"))
    async with rig.bot():
        shown = await _reads(rig, rig.carol, "help", "You are an operator")
        example = next(line for line in shown.splitlines() if "`/proxy pod " in line).strip().strip("`")
        await rig.request(example.removeprefix("/proxy "), who=rig.bob)
        assert "operator" not in await _reads(rig, rig.bob, "help", "You can ask for pods in")
