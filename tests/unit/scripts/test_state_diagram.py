from core.domain.states import TRANSITIONS, State
from scripts.state_diagram import BEGIN, DOCUMENT, END, diagram, rendered


def test_the_picture_in_the_docs_is_the_one_drawn_from_the_table() -> None:
    text = DOCUMENT.read_text()
    assert rendered(text) == text, "draw it anew: python -m scripts.state_diagram"


def test_every_step_of_the_table_is_in_the_picture() -> None:
    arrows = dict(line.strip().split(": ", 1) for line in diagram().splitlines() if ": " in line)
    for (source, event), goal in TRANSITIONS.items():
        assert event.value in arrows[f"{source.value} --> {goal.value}"].split(", ")


def test_the_picture_begins_with_a_request_and_ends_where_nothing_can_happen_any_more() -> None:
    lines = [line.strip() for line in diagram().splitlines()]
    assert f"[*] --> {State.REQUESTED.value}" in lines
    assert [line.split()[0] for line in lines if line.endswith("--> [*]")] == [
        "closed",
        "failed",
        "denied",
        "withdrawn",
        "lapsed",
        "refused",
    ]


def test_drawing_anew_leaves_everything_around_the_picture_alone() -> None:
    assert rendered(f"before\n{BEGIN}\nold\n{END}\nafter") == f"before\n{BEGIN}\n{diagram()}\n{END}\nafter"
