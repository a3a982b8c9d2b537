"""``kill -9`` at every step between a command and the last notice: nothing committed is lost, nothing is told twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from bot.demo.process import BotProcess
from bot.workspace.bell import NotSeenError
from bot.workspace.messages import Message
from tests.e2e.rig import PATIENCE, Rig, nobody_listens

EVENTS = ("request", "grant", "opened", "extend", "enforced", "expire", "cut")
STEPS = [*EVENTS, "apply", "close", "post", "update"]
TARGET = "payments/api-0"


async def _until(ready: Callable[[], bool], do: Callable[[], Awaitable[object]], rig: Rig) -> None:
    """Do what a person does: try, wait, and try again where nothing came of it."""
    for _ in range(4):
        if ready():
            return
        await do()
        try:
            await rig.workspace.until(ready, within=8)
        except NotSeenError:
            continue
    raise AssertionError(f"nothing came of it; alice sees:\n{rig.alice.screen(rig.channel)}")


def _cards(rig: Rig) -> list[Message]:
    """All but the last are orphans: nobody knows of a post that was cut in its middle."""
    return [message for message in rig.channel.roots if TARGET in message.text]


async def _story(rig: Rig) -> Message:
    """Ask, approve, extend once, and wait for the report; each as often as it takes."""

    def card() -> Message:
        return _cards(rig)[-1]

    command = f"pod {TARGET} 6s"
    await _until(lambda: bool(_cards(rig)), lambda: rig.alice.command("/proxy", command, channel=rig.channel), rig)
    await _until(lambda: "Approve" not in str(card().blocks), lambda: rig.bob.click(card(), "Approve"), rig)
    await rig.shows(card(), "127.0.0.1:")
    first = card().text
    await _until(
        lambda: "Extend" not in str(card().blocks) or card().text != first,
        lambda: rig.alice.click(card(), "Extend 5s"),
        rig,
    )
    await rig.workspace.until(lambda: not _buttons(card()), within=40, what=f"the end on: {card().text}")
    return card()


def _buttons(card: Message) -> bool:
    return any(block["type"] == "actions" for block in card.blocks)


async def _revive(victim: BotProcess, heir: BotProcess, rig: Rig) -> str:
    """Start the heir when the victim is dead; returns what the victim said last in the channel."""
    await victim.exited()
    posted = [call for call in rig.workspace.calls.of("chat.postMessage") if call.args["channel"] == rig.channel.id]
    await heir.start()
    return _words(str(posted[-1].args["text"])) if posted else ""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_bot_killed_at_any_step_finishes_its_story_after_a_restart(rig: Rig, step: str, moment: str) -> None:
    program = ("-m", "tests.e2e.crashing_bot", moment, step, "serve")
    victim = BotProcess(rig.flags(), rig.tokens(), rig.folder / "victim.log", program)
    heir = BotProcess(rig.flags(), rig.tokens(), rig.folder / "heir.log")
    await victim.start()
    await rig.workspace.connected(1, within=PATIENCE)
    reviving = asyncio.create_task(_revive(victim, heir, rig))
    try:
        card = await _story(rig)
        last_words = await reviving
        report = await rig.channel.message(
            lambda m: m.is_reply and m.thread_ts == card.ts and "losed" in m.text, within=PATIENCE
        )
        assert all([await nobody_listens(port) for port in rig.ports])
        _nothing_is_told_twice(rig, last_words)
        assert report.text
    except BaseException:
        print(victim.log_tail(), heir.log_tail(), sep="\n----\n")  # noqa: T201 - pytest shows it with the failure
        raise
    finally:
        reviving.cancel()
        await victim.stop()
        await heir.stop()


def _nothing_is_told_twice(rig: Rig, last_words: str) -> None:
    """At most one double, and only of what the victim was saying when it died: Slack has no key to send once by."""
    told = Counter((m.thread_ts if m.is_reply else None, _words(m.text)) for m in rig.channel.messages)
    doubles = [words for (_, words), count in told.items() for _ in range(count - 1)]
    orphans = _cards(rig)[:-1]
    assert len(doubles) + len(orphans) <= 1, told
    assert set(doubles) <= {last_words}, told
    assert {_words(m.history[0].content.text) for m in orphans} <= {last_words}, told


def _words(text: str) -> str:
    return text.split("<!date", maxsplit=1)[0]
