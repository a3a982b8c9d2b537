"""Those who hold ports, of whatever kind; the reconciler brings the ports of all of them in line."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from core.domain.route import Route
from core.services.plan import Claims
from core.services.port_work import Crowd
from core.services.transactions import Transactions

Resynced: TypeAlias = Callable[[Mapping[int, Route] | None, str], Iterable[int]]
"""Takes note of a resync: what is served by port, ``None`` where it failed in parts, and in which life of the gateway.

Says which ports are to be looked at now.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one kind of holders say at one moment.

    Attributes:
        claims: what the gateway has to do for them.
        resynced: to be told when the gateway was told all of that in bulk.
    """

    claims: Claims
    resynced: Resynced


class Holders(Protocol):
    """Holders of ports of one kind."""

    @property
    def crowd(self) -> Crowd | None:
        """Their ports, where hundreds of them may change at once."""
        ...

    async def begin(self, transactions: Transactions) -> None:
        """Take up the work, under another lease."""
        ...

    def waking(self, want: Callable[[int], None]) -> AbstractContextManager[None]:
        """Have each port looked at meanwhile for which something changes."""
        ...

    async def read(self, taken: frozenset[int]) -> Reading:
        """Say what they ask for; ``taken`` are ports that belong to other holders, whatever the rows here say.

        Raises:
            StorageUnavailable: the database does not tell.
        """
        ...

    async def converge(self, port: int) -> bool:
        """Do what there is to do on a port now; ``False`` where it is none of theirs.

        Raises:
            Overtaken, LostRace: somebody decided meanwhile; the new row says what to do.
            OutsideError: the gateway or the database did not do its part.
        """
        ...
