"""How many mappings there may be at once: of one person, and in one namespace. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from core.domain.errors import sentence
from core.domain.mapping import Mapping, show_id
from core.domain.people import Requester
from core.domain.policy import Policy, Rule
from core.domain.refusals import Refused
from core.domain.states import State

WAITING_OR_OPEN: Final = frozenset({State.REQUESTED, State.APPROVED, State.OPEN})
"""What counts for a request; what is closing is on its way out."""
GRANTED: Final = frozenset({State.APPROVED, State.OPEN})
"""What counts for a grant: two requests that wait must not hold up each other."""
_NAMED: Final = 5


class QuotaReached(Refused):
    """As many mappings as the policy gives are there already; carries them, for one of them has to end first."""

    def __init__(self, most: int, where: str, held: Collection[Mapping], requester: Requester) -> None:
        super().__init__(f"{most} at once is the most {where}, and as many are open or waiting")
        self.most, self.where, self.held = most, where, tuple(held)
        self.own = tuple(mapping for mapping in held if mapping.requester == requester)
        named = [show_id(mapping.id) for mapping in (self.own or self.held)[:_NAMED]]
        self.hint = f"close one of them first: {sentence(named)}"


@dataclass(frozen=True, slots=True)
class Quotas:
    """What the policy in force gives somebody in a namespace.

    Attributes:
        most: at once in all namespaces.
        most_here: at once in those that the rule covers.
        most_there: at once in the namespace, whoever asked for them.
    """

    requester: Requester
    namespace: str
    rule: Rule
    most: int | None
    most_here: int | None
    most_there: int | None

    @classmethod
    def of(cls, policy: Policy, requester: Requester, namespace: str) -> "Quotas":
        """Look them up."""
        rule = policy.rule_or_nothing(namespace)
        return cls(requester, namespace, rule, policy.max_open, rule.max_open, rule.max_open_per_namespace)

    @property
    def any(self) -> bool:
        """Whether there is any."""
        return (self.most, self.most_here, self.most_there) != (None, None, None)

    def check(self, others: Iterable[Mapping], policy: Policy) -> None:
        """Check that there may be one more beside what is there.

        Raises:
            QuotaReached: there may not.
        """
        others = list(others)
        theirs = [mapping for mapping in others if mapping.requester == self.requester]
        here = [m for m in theirs if policy.rule_for(m.target.namespace) == self.rule]
        there = [mapping for mapping in others if mapping.target.namespace == self.namespace]
        _check(self.most, "for one person", theirs, self.requester)
        _check(self.most_here, "for one person here", here, self.requester)
        _check(self.most_there, f"in {self.namespace}", there, self.requester)


def _check(most: int | None, where: str, held: Collection[Mapping], requester: Requester) -> None:
    if most is not None and len(held) >= most:
        raise QuotaReached(most, where, held, requester)
