import pytest

from bot.people import People
from core.adapters.memory.directory import MemoryDirectory
from core.domain.errors import DirectoryUnreachable
from core.domain.people import Standing
from tests.unit.core.samples import ALICE


async def test_nobody_is_known_before_slack_says_which_workspace_is_ours() -> None:
    people = People("Slack has not said yet who is who")
    assert people.team is None
    with pytest.raises(DirectoryUnreachable, match="has not said yet"):
        await people.profile(ALICE, ())
    with pytest.raises(DirectoryUnreachable, match="has not said yet"):
        await people.anybody([ALICE.user], ())


async def test_then_slacks_directory_is_asked() -> None:
    people, directory = People("not yet"), MemoryDirectory()
    directory.add(ALICE)
    people.meet(ALICE.team, directory)
    assert people.team == ALICE.team
    assert (await people.profile(ALICE, ())).standing is Standing.MEMBER
    assert await people.anybody([ALICE.user], ())
    assert await people.anybody([ALICE.user], (), but=[ALICE.user]) is False
