"""The picture of the conversation in the README shows what is posted."""

import re
from pathlib import Path

import pytest

from bot.slack.blocks.card import card
from bot.slack.blocks.entries import entry
from core.domain.living import stamp
from core.domain.notices import Facts, Topic
from tests.golden import moments as at
from tests.golden.moments import scene

README = (Path(__file__).parents[5] / "README.md").read_text(encoding="utf-8")
UNTIL: Facts = {"until": stamp(at.NOW + 2 * at.HOUR)}
POSTED = {
    "the request": card(scene(at.REQUESTED)),
    "the open port": card(scene(at.OPEN)),
    "the approval": entry(scene(at.APPROVED), Topic.GRANTED, {"by": str(at.BOB)}),
    "the opening": entry(scene(at.OPEN), Topic.OPENED, {"port": 10_004, **UNTIL}),
    "the warning": entry(scene(at.OPEN), Topic.WARNING, UNTIL),
    "the end": entry(scene(at.CLOSED), Topic.ENDED, {"by_gateway": 0}),
}


def seen(text: str) -> str:
    """What a client makes of it, on that day in UTC."""
    text = re.sub(r"<!date\^[^|]*\|\S+ (\d\d:\d\d) UTC>", r"today \1", text)
    text = re.sub(r"<@U([A-Z]+)>", lambda found: f"@{found[1].lower()}", text)
    return text.replace("*", "").replace("`", "")


@pytest.mark.parametrize("name", POSTED)
def test_the_picture_in_the_readme_shows_what_is_posted(name: str) -> None:
    spaced = " ".join(README.split())
    for line in POSTED[name].text.splitlines():
        if not line.startswith("Buttons: ") and line != "m42":
            assert seen(line) in spaced
