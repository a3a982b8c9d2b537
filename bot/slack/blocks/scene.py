"""What a rendering looks at."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.mapping import Mapping
from core.domain.policy import NOBODY, Principals, Rule


@dataclass(frozen=True, slots=True)
class Scene:
    """A mapping at one moment.

    Attributes:
        rule: the one in force for its namespace, or one that grants nothing (``Policy.rule_or_nothing``).
        host: that people connect to; stands before the port.
        operators: who could change the policy.
        now: decides which Extend buttons still fit; nothing that is shown counts from it.
    """

    mapping: Mapping
    rule: Rule
    host: str
    now: datetime
    operators: Principals = NOBODY

    @property
    def address(self) -> str:
        """Where to connect: ``HOST:PORT``; just the host while there is no port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.mapping.port}" if self.mapping.port is not None else host
