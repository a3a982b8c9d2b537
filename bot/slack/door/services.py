from collections.abc import Callable
from dataclasses import dataclass

from bot.slack.blocks.scene import Scene
from core.domain.mapping import Mapping
from core.domain.policy import Policy
from core.interfaces import Clock
from core.services.access import Access
from core.services.brakes import Brakes
from core.services.overview import Overview
from core.services.queries import Queries
from core.services.suggestions import Suggestions
from core.services.transactions import Bell


@dataclass(frozen=True, slots=True)
class Services:
    """What the listeners call.

    Attributes:
        bell: tells of changes, so that Home tabs are kept current.
        brakes: stop everything, and let it go on.
    """

    access: Access
    queries: Queries
    overview: Overview
    suggestions: Suggestions
    policy: Callable[[], Policy]
    clock: Clock
    bell: Bell
    brakes: Brakes

    def scene(self, mapping: Mapping, host: str) -> Scene:
        """Look at a mapping now, under the policy in force."""
        policy = self.policy()
        rule = policy.rule_or_nothing(mapping.target.namespace)
        return Scene(mapping, rule, host, self.clock.now(), policy.operators)
