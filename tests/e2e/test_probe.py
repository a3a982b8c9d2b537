"""``probe: connect``: "open" is said of a pod that answers, and of one that does not, why it may not."""

from bot.demo.pod import EchoPod
from bot.workspace.hands.controls import controls
from bot.workspace.messages import Message
from tests.contract.gateway.pods import silent_endpoint
from tests.e2e.rig import PATIENCE, Rig, nobody_listens, read_card
from tests.e2e.rules import policy
from tests.real_parts import free_port

TRIED = "namespaces: [payments], probe: connect"


def _pod(name: str, port: int) -> str:
    return f"- {{namespace: payments, name: {name}, address: 127.0.0.1, ports: [{{number: {port}}}]}}\n"


def _refusals(rig: Rig) -> list[Message]:
    return [message for message in rig.channel.messages if message.is_reply and "othing listens" in message.text]


def _labels(card: Message) -> list[str]:
    return [control.label for control in controls(card.blocks)]


async def _approved(rig: Rig, pod: str, words: str) -> tuple[Message, str]:
    """Have it approved; returns the card, which says this, and what its thread says of it."""
    card = await rig.request(f"pod payments/{pod} 30s")
    await rig.bob.click(card, "Approve")
    await rig.shows(card, words)
    reply = await rig.channel.message(lambda m: m.thread_ts == card.ts and words in m.text, within=PATIENCE)
    return card, reply.text


async def test_a_pod_that_answers_is_open_and_was_tried_once(rig: Rig) -> None:
    rig.write(policy=policy(rig, TRIED))
    async with rig.bot():
        known = await rig.open("pod payments/api-0 30s")
        assert "not tried" not in known.card.text
        async with known.call():
            assert rig.pod.callers == 2


async def test_where_nothing_listens_it_opens_by_a_retry_once_something_does(rig: Rig) -> None:
    port = free_port()
    rig.write(policy=policy(rig, TRIED), inventory=_pod("api-0", port))
    async with rig.bot():
        card, told = await _approved(rig, "api-0", f"othing listens on `127.0.0.1:{port}`")
        assert "does the program listen on localhost only?" in card.text
        assert f"<@{rig.alice.id}>, not open yet" in told
        assert _labels(card) == ["Retry", "Close"]
        assert all([await nobody_listens(port) for port in rig.ports])
        await (await rig.bob.click(card, "Retry")).reply("You cannot retry this", within=PATIENCE)
        await (await rig.alice.click(card, "Retry")).reply("Trying", within=PATIENCE)
        await rig.workspace.until(lambda: len(_refusals(rig)) == 2, within=PATIENCE, what="a second try in the thread")
        await rig.workspace.until(lambda: "Retry" in _labels(card), within=PATIENCE, what=f"Retry on: {card.text}")
        async with EchoPod("api-0", port):
            await rig.alice.click(card, "Retry")
            await rig.shows(card, " is open for ")
            async with read_card(card).call() as caller:
                assert await caller.says("at last") == "api-0: at last"


async def test_where_nobody_answers_it_says_what_may_be_in_the_way_and_can_be_closed(rig: Rig) -> None:
    async with silent_endpoint() as silence:
        rig.write(policy=policy(rig, TRIED), inventory=_pod("api-0", silence.port))
        async with rig.bot():
            card, told = await _approved(rig, "api-0", f"`{silence}` does not answer")
            for words in (card.text, told):
                assert "a NetworkPolicy, or this gateway is outside the pod network" in words
            await (await rig.alice.click(card, "Close")).reply("closing", within=PATIENCE)
            await rig.shows(card, "was never open")
            assert _labels(card) == []
