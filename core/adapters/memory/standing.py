from collections.abc import Sequence
from dataclasses import dataclass

from core.adapters.memory.tables import MemoryTables
from core.domain.errors import LostRace
from core.domain.record import note_of_change
from core.domain.standing import Change, StandingPort, applied


@dataclass(slots=True)
class MemoryStandingPorts:
    """The ports that Services have."""

    tables: MemoryTables

    async def all(self) -> Sequence[StandingPort]:
        """List them, by port."""
        return sorted(self.tables.standing.values(), key=lambda row: row.port)

    async def record(self, changes: Sequence[Change]) -> None:
        """Write changes, each with its entry of the audit."""
        if not changes:
            return
        after = self.tables.standing | applied(changes, self.tables.standing)
        kept = {port: row for port, row in after.items() if row is not None}
        staying = [row.service for row in kept.values() if not row.leaving]
        if len(staying) != len(set(staying)):
            raise LostRace("a Service has another port by now")
        self.tables.standing = kept
        for change in changes:
            self.tables.enter(note_of_change(change))
        self.tables.touched = True
