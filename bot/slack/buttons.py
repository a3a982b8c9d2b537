"""What a button is called, and what its value says. A value is an id to look up, never a permission."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.slack.errors import UnreadableButton
from core.domain.mapping import MappingId, Terms, show_id

APPROVE: Final = "approve"
DENY: Final = "deny"
CLOSE: Final = "close"
RETRY: Final = "retry"
APPROVE_EXTENSION: Final = "approve_extension"
DENY_EXTENSION: Final = "deny_extension"
AMEND: Final = "amend"
AGAIN: Final = "again"
OPEN_FORM: Final = "open_form"
EXTEND: Final = "extend_"
"""A prefix: ``extend_0``, ``extend_1``, ..., one for each step, since an action id stands in a message once."""

_VALUE: Final = re.compile(r"m([0-9]{1,18})/([0-9]{1,9})(?:/([0-9]{1,9}))?")


def extend_action(step: int) -> str:
    """Name the button of the rule's ``step``-th extension, counted from 0."""
    return f"{EXTEND}{step}"


@dataclass(frozen=True, slots=True)
class Button:
    """What a click is about.

    Attributes:
        terms: those that the button was drawn for.
        by: of an Extend button; whole seconds.
    """

    mapping_id: MappingId
    terms: Terms
    by: timedelta | None = None

    @property
    def value(self) -> str:
        """Write it: ``m42/3``, or ``m42/3/1800`` with the seconds of an extension."""
        parts = [show_id(self.mapping_id), str(self.terms)]
        if self.by is not None:
            parts.append(str(int(self.by.total_seconds())))
        return "/".join(parts)


def parse_button(text: str) -> Button:
    """Read a value back.

    Raises:
        UnreadableButton: this version of the program writes no such value.
    """
    found = _VALUE.fullmatch(text)
    if found is None:
        raise UnreadableButton
    by = timedelta(seconds=int(found[3])) if found[3] else None
    return Button(MappingId(int(found[1])), Terms(int(found[2])), by)
