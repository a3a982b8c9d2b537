from dataclasses import dataclass

from core.adapters.memory.tables import MemoryTables
from core.domain.freezing import Freeze


@dataclass(slots=True)
class MemoryFreezes:
    """The freeze in force."""

    tables: MemoryTables

    async def current(self) -> Freeze | None:
        """Read it."""
        return self.tables.freeze

    async def put(self, wanted: Freeze) -> None:
        """Write it down."""
        self.tables.freeze = wanted
        self.tables.touched = True

    async def lift(self) -> None:
        """Take it out."""
        self.tables.freeze = None
        self.tables.touched = True
