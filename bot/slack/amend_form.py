"""What an approver fills in to let through less than was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.slack.forms import PORT, SOURCES, TTL, Reader, Unfit, field_value
from core.domain.amending import Change
from core.domain.sources import Sources
from core.domain.ttl import parse_ttl

AMEND: Final = "amend"
"""The callback id of the modal."""


@dataclass(frozen=True, slots=True)
class AmendForm:
    """What stands in the fields.

    Attributes:
        button: the value of the button that opened it: what is changed, and the terms it was drawn for.
    """

    ttl: str
    sources: str
    port: str
    button: str

    def change(self) -> Change:
        """Read the fields.

        Raises:
            Unfit: names every field that cannot be read.
        """
        reader = Reader()
        ttl = reader.read(TTL, lambda: parse_ttl(self.ttl))
        sources = reader.read(SOURCES, lambda: Sources.parse(self.sources))
        if ttl is None or sources is None:
            raise Unfit(reader.problems)
        return Change(ttl, sources, int(self.port))


def read_amend_form(view: Mapping[str, Any]) -> AmendForm:
    """Read what stands in the modal's fields."""
    ttl, sources, port = (field_value(view, name) for name in (TTL, SOURCES, PORT))
    return AmendForm(ttl, sources, port, str(view.get("private_metadata") or ""))
