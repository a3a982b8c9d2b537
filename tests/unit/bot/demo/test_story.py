from datetime import UTC, datetime

import pytest

from bot.demo.narrator import Narrator
from bot.demo.stage import Stage
from bot.demo.story import Opened, StepFailed, hold, step
from bot.workspace import NotPossibleError, NotSeenError
from tests.unit.bot.demo.test_narrator import Output, post


async def test_a_step_that_held_is_told(narrator: Narrator, capsys: Output) -> None:
    async with step(narrator, "it works"):
        hold(True, "never said")
    assert capsys.readouterr().out == "  ok  it works\n"


@pytest.mark.parametrize(
    "trouble",
    [NotSeenError("not seen"), NotPossibleError("no button"), ConnectionRefusedError("refused"), TimeoutError()],
)
async def test_a_step_that_failed_names_itself_and_why(trouble: Exception, narrator: Narrator, capsys: Output) -> None:
    with pytest.raises(StepFailed, match=f"it works\n{type(trouble).__name__}: {trouble}"):
        async with step(narrator, "it works"):
            raise trouble
    assert capsys.readouterr().out == ""


async def test_a_defect_of_the_demo_is_no_failed_step(narrator: Narrator) -> None:
    with pytest.raises(KeyError):
        async with step(narrator, "it works"):
            raise KeyError("oops")


def test_the_end_of_a_mapping_is_read_from_its_card(stage: Stage) -> None:
    card = post(stage, "`127.0.0.1:10004`\nUntil: <!date^1794000000^{time}|later>")
    assert Opened(card, 10_004).until == datetime(2026, 11, 6, 21, 20, tzinfo=UTC)
    with pytest.raises(AssertionError, match="in: closed"):
        _ = Opened(post(stage, "closed"), 10_004).until
