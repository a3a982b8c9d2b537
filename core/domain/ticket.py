"""Tickets that reasons name: how one is told, and where it is found."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

PLACE: Final = "{ticket}"
"""Stands in a link where the ticket goes."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket looks like.

    Attributes:
        pattern: a regular expression; the first part of a reason that matches is the ticket.
        example: one that matches.
        link: address of a ticket, with ``{ticket}`` in it; "" where there is none.
    """

    pattern: str
    example: str
    link: str = ""

    def named_in(self, reason: str) -> str:
        """Find the ticket that a reason names; "" where it names none."""
        found = re.search(self.pattern, reason)
        return found[0] if found else ""

    def address(self, named: str) -> str:
        """Say where a ticket is found; "" where the rule does not say."""
        return self.link.replace(PLACE, quote(named, safe=""))
