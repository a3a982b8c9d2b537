import pytest

from bot.slack.directory import standing_of
from core.domain.people import Standing, TeamId

HOME = TeamId("T1")
MEMBER = {
    "id": "U1",
    "team_id": "T1",
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
}


def test_whom_slack_calls_nothing_else_is_a_member() -> None:
    assert standing_of(MEMBER, HOME) is Standing.MEMBER


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ({"deleted": True}, Standing.DEACTIVATED),
        ({"is_bot": True}, Standing.BOT),
        ({"is_workflow_bot": True}, Standing.BOT),
        ({"id": "USLACKBOT"}, Standing.BOT),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True}, Standing.GUEST),
        ({"team_id": "T2"}, Standing.STRANGER),
        ({"team_id": "T2", "is_stranger": False}, Standing.STRANGER),
        ({"is_stranger": True}, Standing.STRANGER),
        ({"team_id": "E1", "enterprise_user": {"teams": ["T0", "T1"]}}, Standing.MEMBER),
        ({"team_id": "E1", "enterprise_user": {"teams": ["T0"]}}, Standing.STRANGER),
        ({"team_id": "E1", "enterprise_user": None}, Standing.STRANGER),
    ],
)
def test_anything_else_that_slack_says_counts(said: dict[str, object], standing: Standing) -> None:
    assert standing_of(MEMBER | said, HOME) is standing


@pytest.mark.parametrize("missing", ["team_id", "deleted", "is_bot", "is_restricted", "is_ultra_restricted"])
def test_what_slack_leaves_out_never_makes_a_member(missing: str) -> None:
    partial = {name: value for name, value in MEMBER.items() if name != missing}
    assert standing_of(partial, HOME) is not Standing.MEMBER
