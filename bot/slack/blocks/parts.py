"""What messages are made of. ``compose`` makes blocks of the parts, and the text out of the very same parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from bot.slack.blocks.message import Block, Message
from bot.slack.buttons import Button
from core.domain.errors import sentence

TEXT: Final = 4_000
"""The most that Slack takes as the text of an update."""
SECTION: Final = 3_000
SMALL: Final = 2_000
CONFIRMED: Final = 300
Style: TypeAlias = Literal["primary", "danger"] | None


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of mrkdwn, which the caller has escaped; ``small`` for what matters less."""

    lines: Sequence[str]
    small: bool = False

    def block(self) -> Block:
        """Show them one under the other."""
        shown = within("\n".join(self.lines), SMALL if self.small else SECTION)
        text: Block = {"type": "mrkdwn", "text": shown, "verbatim": True}
        return {"type": "context", "elements": [text]} if self.small else {"type": "section", "text": text}


@dataclass(frozen=True, slots=True)
class Confirm:
    """What Slack asks before it sends a click; ``text`` is plain, and cut where Slack has no room for it."""

    title: str
    text: str
    yes: str
    no: str = "Not now"

    def dialog(self) -> Block:
        """Write it for Slack."""
        text = self.text if len(self.text) <= CONFIRMED else self.text[: CONFIRMED - 1] + "…"
        said = {"title": self.title, "text": text, "confirm": self.yes, "deny": self.no}
        return {name: {"type": "plain_text", "text": words, "emoji": False} for name, words in said.items()}


@dataclass(frozen=True, slots=True)
class Press:
    """A button to be: what it is called, what a click on it is about, and what is asked before."""

    label: str
    action: str
    button: Button
    style: Style = None
    confirm: Confirm | None = None

    def element(self) -> Block:
        """Write it for Slack."""
        drawn: Block = {
            "type": "button",
            "text": {"type": "plain_text", "text": self.label, "emoji": False},
            "action_id": self.action,
            "value": self.button.value,
        }
        styled: Block = {**drawn, "style": self.style} if self.style else drawn
        return {**styled, "confirm": self.confirm.dialog()} if self.confirm else styled


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons."""

    row: Sequence[Press] = field(default=())

    @property
    def lines(self) -> Sequence[str]:
        """What a screen reader says of them."""
        return [f"Buttons: {sentence([press.label for press in self.row])}"]

    def block(self) -> Block:
        """Show them beside each other."""
        return {"type": "actions", "elements": [press.element() for press in self.row]}


Part: TypeAlias = Words | Buttons


def say(*lines: str) -> Words:
    """Lines that are read; empty ones are left out."""
    return Words([line for line in lines if line])


def note(*lines: str) -> Words:
    """Lines in small print; empty ones are left out."""
    return Words([line for line in lines if line], small=True)


def compose(*parts: Part | None) -> Message:
    """Make a message; what is empty is left out."""
    shown = [part for part in parts if part and (part.row if isinstance(part, Buttons) else part.lines)]
    lines = [line for part in shown for line in part.lines]
    return Message(within("\n".join(lines), TEXT), tuple(part.block() for part in shown))


def within(text: str, most: int) -> str:
    """Keep what fits, in whole lines: a line that was cut could lose the end of a mention or of an entity."""
    if len(text) <= most:
        return text
    end = text.rfind("\n", 0, most - 1)
    return text[: max(end, 0)] + "\n…" if end > 0 else "…"
