"""What somebody fills in to ask for a port: read from Slack's view, and turned into what the engine is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

from core.domain.errors import BadInput
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import Kind, PodRef, Target, parse_port
from core.domain.ttl import parse_ttl

Value = TypeVar("Value")

ASK: Final = "ask"
"""The callback id of the modal, and of the shortcut that opens it."""
POD: Final = "pod"
PORT: Final = "port"
TTL: Final = "ttl"
SOURCES: Final = "sources"
REASON: Final = "reason"


class Unfit(BadInput):
    """Fields that cannot be read.

    Attributes:
        by_field: what to say beside each.
    """

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__("", "; ".join(by_field.values()), example="")
        self.by_field = by_field


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the fields, as it was typed; "" where nothing was.

    Attributes:
        channel: where it was opened; the card goes there.
    """

    pod: str = ""
    port: str = ""
    ttl: str = ""
    sources: str = ""
    reason: str = ""
    channel: str = ""

    @property
    def ref(self) -> PodRef | None:
        """The pod that was chosen."""
        namespace, slash, name = self.pod.partition("/")
        return PodRef(namespace, name) if slash else None

    def ask(self) -> Ask:
        """Read the fields.

        Raises:
            Unfit: names every field that cannot be read.
        """
        reader = Reader()
        target = reader.read(POD, lambda: Target.parse(Kind.POD, self.pod))
        port = reader.read(PORT, lambda: parse_port(self.port.strip(), self.port, self.pod)) if self.port else None
        ttl = reader.read(TTL, lambda: parse_ttl(self.ttl)) if self.ttl else None
        sources = reader.read(SOURCES, lambda: Sources.parse(self.sources)) if self.sources else None
        if reader.problems or target is None:
            raise Unfit(reader.problems)
        settled = Target(target.kind, target.namespace, target.name, port if port is not None else target.port)
        return Ask(settled, ttl, sources, self.reason)


@dataclass(slots=True)
class Reader:
    """Reads field after field, so that every mistake is told at once."""

    problems: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, parse: Callable[[], Value]) -> Value | None:
        """Read one field; ``None`` where it cannot be read, which is kept in ``problems``."""
        try:
            return parse()
        except BadInput as error:
            self.problems[name] = _told(error)
            return None


def _told(error: BadInput) -> str:
    joint = " For" if str(error).endswith("?") else "; for"
    return f"{error}{joint} example {error.hint}" if error.hint else str(error)


def read_form(view: Mapping[str, Any]) -> Form:
    """Read what stands in the modal's fields."""
    values = (view.get("state") or {}).get("values") or {}
    typed = {name: field_value(view, name) for name in (one.name for one in fields(Form)) if name in values}
    return Form(**typed, channel=str(view.get("private_metadata") or ""))


def field_value(view: Mapping[str, Any], name: str) -> str:
    """Read what stands in one field of a modal."""
    values = (view.get("state") or {}).get("values") or {}
    return _typed(values.get(name) or {})


def _typed(elements: Mapping[str, Mapping[str, Any]]) -> str:
    element = next(iter(elements.values()), {})
    chosen = element.get("selected_option") or {}
    return str(chosen.get("value") or element.get("value") or "").strip()
