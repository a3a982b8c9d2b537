"""Write the state diagram of docs/architecture.md anew from the table in core/domain/states.py."""

import sys
from pathlib import Path

from core.domain.states import LIVE, TRANSITIONS, State

BEGIN, END = "<!-- states: begin (scripts/state_diagram.py) -->", "<!-- states: end -->"
DOCUMENT = Path(__file__).parent.parent / "docs" / "architecture.md"


def diagram() -> str:
    """Draw the table as a Mermaid state diagram; events that lead the same way share an arrow."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (source, event), goal in TRANSITIONS.items():
        arrows.setdefault((source, goal), []).append(event.value)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> requested"]
    lines += [f"    {source.value} --> {goal.value}: {', '.join(events)}" for (source, goal), events in arrows.items()]
    lines += [f"    {state.value} --> [*]" for state in State if state not in LIVE]
    return "\n".join([*lines, "```"])


def rendered(text: str) -> str:
    """Put the diagram between its two marks."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{diagram()}\n{END}{after}"


if __name__ == "__main__":
    text = DOCUMENT.read_text()
    DOCUMENT.write_text(rendered(text))
    sys.exit(0)
