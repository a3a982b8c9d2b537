import pytest

from core.domain.people import Person, System, TeamId, UserId, parse_actor


@pytest.mark.parametrize("actor", [Person(TeamId("T1"), UserId("UALICE")), *System], ids=str)
def test_an_actor_is_read_back_as_it_was_written(actor: Person | System) -> None:
    assert parse_actor(str(actor)) == actor


@pytest.mark.parametrize("text", ["", "alice", "slack:", "slack:T1", "slack:T1/", "slack:/U1", "system:nobody"])
def test_what_no_actor_wrote_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"actor|valid System"):
        parse_actor(text)
