"""What the verbs of REST v2 are handed to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.api.callers import Callers
from core.domain.policy import Policy
from core.services.access import Access
from core.services.brakes import Brakes
from core.services.queries import Queries
from core.services.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Rest:
    """Everything behind the door.

    Attributes:
        callers: knows who calls, by a token.
        host: that people connect to.
        brakes: stop everything, and let it go on.
        stopping: is set when nobody is to wait any longer.
    """

    callers: Callers
    access: Access
    queries: Queries
    transactions: Transactions
    policy: Callable[[], Policy]
    host: str
    stopping: asyncio.Event
    brakes: Brakes
