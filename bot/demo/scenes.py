"""The story, scene by scene; each step is checked, and the first that fails ends it."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from bot.demo.caller import Caller
from bot.demo.narrator import Narrator
from bot.demo.stage import Stage
from bot.demo.story import Opened, Story, hold, step

_SECOND: Final = 1.0
_STRANGER: Final = "127.0.0.9"
_PROLOGUE: Final = """\
A Slack workspace with alice, bob and carol, two pods that echo, a real HAProxy
and the bot, all on this machine; seconds stand for hours. In brackets: where a
message stands, and who sees it.
"""


async def play(stage: Stage, narrator: Narrator) -> None:
    """Play it from the request to the restart after a crash.

    Raises:
        StepFailed: a step did not go as it has to.
    """
    story = Story(stage, narrator)
    narrator.prints(_PROLOGUE)
    async with step(narrator, "the bot starts, and connects to Slack"):
        await stage.start_bot()
    api, connection = await _ask_and_approve(stage, narrator, story)
    worker, neighbour = await _a_second_mapping(stage, narrator, story)
    await _a_stranger(stage, narrator, story, api)
    await _warning_and_extension(stage, narrator, story, api, connection)
    await _the_end(narrator, story, api, connection, neighbour)
    await _crash(stage, narrator, worker, neighbour)
    await _restart(stage, narrator, story, worker)


async def _ask_and_approve(stage: Stage, narrator: Narrator, story: Story) -> tuple[Opened, Caller]:
    narrator.scene("A developer asks, a colleague decides")
    async with step(narrator, "the channel gets a card to decide on"):
        await story.types(stage.alice, "pod payments/api-0 12s from 127.0.0.1 order 4711 hangs")
        card = await story.card_to_decide("api-0")
    async with step(narrator, "nobody approves their own request"):
        await story.clicks(stage.alice, "Approve", card)
        await stage.alice.ephemeral("your own request")
    async with step(narrator, "a colleague's approval opens a port"):
        await story.clicks(stage.bob, "Approve", card)
        api = await story.opened(card)
    async with step(narrator, f"port {api.port} reaches the pod"):
        connection = await Caller.connect(api.port)
        hold(await connection.line() == "api-0 says hello", "the pod did not greet")
        hold(await connection.says("ping") == "api-0: ping", "the pod did not answer")
    return api, connection


async def _a_second_mapping(stage: Stage, narrator: Narrator, story: Story) -> tuple[Opened, Caller]:
    narrator.scene("A second mapping, beside the first")
    async with step(narrator, "two mappings are open at once, each on its own port"):
        worker = await story.asked_and_approved(stage.bob, stage.alice, "pod payments/worker-0 30s", "worker-0")
        neighbour = await Caller.connect(worker.port)
        hold(await neighbour.line() == "worker-0 says hello", "the second pod did not greet")
    return worker, neighbour


async def _a_stranger(stage: Stage, narrator: Narrator, story: Story, api: Opened) -> None:
    narrator.scene("A caller from another address")
    narrator.says("somebody", f"connects to port {api.port} from {_STRANGER}, which nobody approved")
    async with step(narrator, f"{_STRANGER} is refused, and the thread tells"):
        before = stage.api.callers
        stranger = await Caller.connect(api.port, source=_STRANGER)
        hold(await stranger.line() == "", "the stranger was let in")
        await stranger.hang_up()
        hold(stage.api.callers == before, "the stranger reached the pod")
        await story.entry(api.card, _STRANGER)


async def _warning_and_extension(
    stage: Stage, narrator: Narrator, story: Story, api: Opened, connection: Caller
) -> None:
    narrator.scene("The warning, and more time")
    first_end = api.until
    async with step(narrator, "a warning comes before the end"):
        warning = await story.entry(api.card, "closes")
        hold(datetime.now(UTC) < first_end, "the warning came after the end")
    async with step(narrator, "one click gives more time"):
        await story.clicks(stage.alice, "Extend 8s", warning)
        await stage.workspace.until(lambda: api.until > first_end, what="the card with the new end")
    async with step(narrator, "the connection lives through its first end"):
        await asyncio.sleep((first_end - datetime.now(UTC)).total_seconds() + _SECOND)
        hold(await connection.says("still here?") == "api-0: still here?", "the connection was cut")


async def _the_end(narrator: Narrator, story: Story, api: Opened, connection: Caller, neighbour: Caller) -> None:
    narrator.scene("The end")
    end = api.until
    async with step(narrator, "at its end the connection is cut"):
        cut = await connection.is_cut(within=20)
        late = (cut - end).total_seconds()
        hold(abs(late) < _SECOND, f"cut {late:+.2f} s from its end")
    async with step(narrator, "the channel is told, with what went through"):
        report = await story.entry(api.card, "Closed", "connection")
        hold(report.broadcast, "the report stands in the thread only")
    async with step(narrator, "the other mapping was not disturbed by any of it"):
        hold(await neighbour.says("and you?") == "worker-0: and you?", "the neighbour was cut")
    await connection.hang_up()


async def _crash(stage: Stage, narrator: Narrator, worker: Opened, neighbour: Caller) -> None:
    narrator.scene("kill -9")
    await stage.settled()
    await stage.bot.kill()
    narrator.says("the machine", "kill -9 of the bot")
    async with step(narrator, "the connection outlives the bot"):
        hold(await neighbour.says("anybody?") == "worker-0: anybody?", "the connection died with the bot")
    async with step(narrator, "HAProxy cuts it at its second all the same, with no bot alive"):
        cut = await neighbour.is_cut(within=40)
        late = (cut - worker.until).total_seconds()  # its card still says so: the bot is dead
        hold(abs(late) < _SECOND, f"cut {late:+.2f} s from its end")
    await neighbour.hang_up()


async def _restart(stage: Stage, narrator: Narrator, story: Story, worker: Opened) -> None:
    narrator.scene("The bot comes back")
    narrator.says("the machine", "starts the bot again")
    async with step(narrator, "it notices, records it and tells"):
        await stage.start_bot()
        await story.entry(worker.card, "while Pod-Proxier was away", within=20)
    async with step(narrator, "nothing is left open"):
        await story.types(stage.alice, "list all")
        await stage.alice.ephemeral("othing is open")


async def clean_up(stage: Stage, narrator: Narrator) -> None:
    """Tell the bot to stop, and look whether it left anything behind.

    Raises:
        StepFailed: it did.
    """
    async with step(narrator, "told to stop, the bot ends, and HAProxy with it"):
        code = await stage.bot.stop()
        hold(code == 0, f"exit code {code}")
        hold(not await _listens(stage.first_port), "HAProxy is still there")


async def _listens(port: int) -> bool:
    try:
        await (await Caller.connect(port)).hang_up()
    except ConnectionError:
        return False
    return True
