import pytest

from core.adapters.memory.directory import MemoryDirectory
from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, Standing, TeamId, UserId

ALICE = Person(TeamId("T1"), UserId("UALICE"))
ONCALL, STAFF, SECRET = GroupId("S1"), GroupId("S2"), GroupId("S3")


async def test_whoever_was_added_is_known_with_the_groups_that_were_asked_about() -> None:
    directory = MemoryDirectory()
    directory.add(ALICE, [ONCALL, STAFF])
    assert await directory.profile(ALICE, [ONCALL]) == Profile(ALICE, Standing.MEMBER, frozenset({ONCALL}))


async def test_anybody_else_is_a_stranger() -> None:
    assert await MemoryDirectory().profile(ALICE, [ONCALL]) == Profile(ALICE, Standing.STRANGER)


async def test_a_group_that_cannot_be_read_is_unknown_even_of_its_members() -> None:
    directory = MemoryDirectory()
    directory.add(ALICE, [SECRET], Standing.GUEST)
    directory.unreadable.add(SECRET)
    profile = await directory.profile(ALICE, [SECRET, STAFF])
    assert profile == Profile(ALICE, Standing.GUEST, frozenset(), frozenset({SECRET}))


async def test_it_can_be_told_to_be_unreachable() -> None:
    directory = MemoryDirectory()
    directory.reachable = False
    with pytest.raises(DirectoryUnreachable):
        await directory.profile(ALICE, [])
