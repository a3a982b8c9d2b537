from collections.abc import Awaitable, Callable
from datetime import datetime
from inspect import isawaitable
from typing import TypeAlias

from core.domain.mapping import MappingId
from core.interfaces import Clock

Look: TypeAlias = Callable[[MappingId], Awaitable[None] | None]


class MemoryScheduler:
    """Timers that go off when they are told to, by the clock that they were given.

    Attributes:
        appointments: which mapping is to be looked at, and when.
    """

    def __init__(self, look: Look, clock: Clock) -> None:
        self.appointments: dict[MappingId, datetime] = {}
        self._look, self._clock = look, clock

    def look_at(self, mapping_id: MappingId, when: datetime) -> None:
        """Look at a mapping then; takes the place of an earlier appointment."""
        self.appointments[mapping_id] = when

    def forget(self, mapping_id: MappingId) -> None:
        """Drop the appointment, if there is one."""
        self.appointments.pop(mapping_id, None)

    async def fire_due(self) -> None:
        """Let every appointment go off whose time has come, in order; each goes off once."""
        now = self._clock.now()
        due = sorted((when, mapping_id) for mapping_id, when in self.appointments.items() if when <= now)
        for _, mapping_id in due:
            del self.appointments[mapping_id]
        for _, mapping_id in due:
            await self.fire(mapping_id)

    async def fire(self, mapping_id: MappingId) -> None:
        """Let one go off at once, whether there is an appointment or not: late, doubled and stray ones are harmless."""
        answer = self._look(mapping_id)
        if isawaitable(answer):
            await answer
