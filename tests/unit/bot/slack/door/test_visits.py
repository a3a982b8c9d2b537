from typing import Any

from bot.slack.door.visits import Visit, read_delivery, read_visit
from core.domain.mapping import Place
from core.domain.people import Person, TeamId, UserId
from core.services.access import Who

CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T2"},
    "team": {"id": "T1"},
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/actions/x",
    "channel": {"id": "C1"},
    "container": {"type": "message", "channel_id": "C1", "thread_ts": "1.0"},
    "actions": [{"action_id": "approve", "value": "m1/1"}],
}
COMMAND: dict[str, Any] = {
    "command": "/proxy",
    "text": "list",
    "user_id": "U1",
    "user_name": "root",
    "team_id": "T1",
    "channel_id": "D1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/x",
}


def test_a_command_says_who_where_and_what() -> None:
    person, hook = Person(TeamId("T1"), UserId("U1")), "https://hooks.slack.com/commands/x"
    assert read_visit(COMMAND) == Visit(
        person, Place("D1", direct=True), "T1:1.2.3", hook, typed="list", trigger="1.2.3"
    )


def test_a_clicks_team_is_the_users_own_not_the_one_it_was_delivered_to() -> None:
    visit = read_visit(CLICK)
    assert visit
    assert visit.who == Who(Person(TeamId("T2"), UserId("U1")), "T1:1.2.3")
    assert (visit.place, visit.thread, visit.clicked, visit.typed) == (Place("C1"), "1.0", "m1/1", None)


def test_a_click_that_does_not_say_whose_it_is_belongs_to_no_team() -> None:
    visit = read_visit({**CLICK, "user": {"id": "U1"}})
    assert visit
    assert visit.person.team == ""


def test_what_is_done_in_a_view_is_answered_there() -> None:
    in_view = {name: value for name, value in CLICK.items() if name not in {"channel", "container", "actions"}}
    submitted = read_visit({**in_view, "type": "view_submission", "view": {"type": "modal", "id": "V1"}})
    clicked = read_visit({**CLICK, "view": {"type": "home", "id": "V2"}})
    assert submitted
    assert clicked
    assert (submitted.modal, submitted.at_home, submitted.trigger) == ("V1", False, "1.2.3")
    assert (clicked.modal, clicked.at_home, clicked.clicked) == (None, True, "m1/1")


def test_what_nobody_waits_on_is_no_visit() -> None:
    for body in ({}, {"type": "view_closed"}, {"type": "event_callback", "event": {"type": "user_change"}}):
        assert read_visit(body) is None


def test_a_delivery_is_named_by_its_team_and_by_what_slack_gives_once() -> None:
    assert read_delivery(COMMAND) == read_delivery(CLICK) == "T1:1.2.3"
    assert read_delivery({"type": "event_callback", "team_id": "T1", "event_id": "Ev1"}) == "T1:Ev1"
    assert read_delivery({"type": "view_closed", "team": {"id": "T1"}}) is None
