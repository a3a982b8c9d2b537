"""The Home tab: what a person has, what waits for them, and what they had last."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.slack import buttons
from bot.slack.blocks import ends, phrases, presses
from bot.slack.blocks.card import card
from bot.slack.blocks.message import Block, Message
from bot.slack.blocks.parts import Buttons, Press, compose, note, say
from bot.slack.blocks.scene import Scene
from bot.slack.buttons import Button
from bot.slack.settings import COMMAND
from core.domain.mapping import show_id
from core.domain.states import State

_FORM: Final[Block] = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": "Ask for a port", "emoji": False},
            "action_id": buttons.OPEN_FORM,
            "style": "primary",
        }
    ],
}
MOST: Final = 10
"""Of each kind; Slack takes 100 blocks, and nobody reads that many."""


def home(to_decide: Sequence[Scene], theirs: Sequence[Scene], recent: Sequence[Scene], told: Message | None) -> Block:
    """Draw the tab.

    Args:
        to_decide: what waits for the viewer.
        theirs: what the viewer asked for and that is not over.
        recent: what they had last.
        told: the answer to what the viewer just did here; it stands on top until the tab is drawn anew.
    """
    blocks = [
        *(told.blocks if told else ()),
        _FORM,
        *_group("Waits for you", to_decide, presses.on_card, ""),
        *_group("Yours", theirs, _own, f"Nothing is open. In a channel: `{COMMAND} pod NAMESPACE/NAME 2h`"),
        *_past(recent),
    ]
    return {"type": "home", "blocks": blocks}


def _group(title: str, scenes: Sequence[Scene], pressed: "presses.Choice", nothing: str) -> Iterator[Block]:
    if scenes or nothing:
        yield _header(title)
    if not scenes:
        yield from compose(say(nothing)).blocks
    for scene in scenes[:MOST]:
        yield from card(scene, pressed=pressed).blocks
    yield from _more(len(scenes) - MOST)


def _own(scene: Scene) -> list[Press]:
    """List what the requester may press: nobody decides on their own."""
    if scene.mapping.state is State.REQUESTED:
        return [presses.close(scene, "Take back")]
    if scene.mapping.extension is not None:
        return [presses.close(scene)]
    return presses.on_card(scene)


def _past(scenes: Sequence[Scene]) -> Iterator[Block]:
    if scenes:
        yield _header("What you had last")
    for scene in scenes:
        mapping = scene.mapping
        how = ends.closed(mapping) if mapping.opened_at else phrases.capital(ends.ending(mapping))
        again = Press("Ask again", buttons.AGAIN, Button(mapping.id, mapping.terms))
        yield from compose(say(phrases.target(mapping), how), Buttons([again]), note(show_id(mapping.id))).blocks


def _more(left: int) -> Iterable[Block]:
    return compose(note(f"and {left} more: `{COMMAND} list`")).blocks if left > 0 else ()


def _header(title: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
