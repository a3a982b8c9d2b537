"""A message as Slack takes it."""

from dataclasses import dataclass
from typing import TypeAlias

Block: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted, or put in the place of what was.

    Attributes:
        text: the whole content: notifications show its beginning, and screen readers read nothing else.
        blocks: the same as it is looked at, with the buttons.
    """

    text: str
    blocks: tuple[Block, ...]

    def payload(self) -> dict[str, object]:
        """Give the arguments that every posting method of the Web API takes."""
        return {"text": self.text, "blocks": list(self.blocks)}
