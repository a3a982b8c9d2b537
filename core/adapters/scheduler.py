import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from inspect import isawaitable
from types import TracebackType
from typing import Self, TypeAlias

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]  # it ships no types
from apscheduler.triggers.date import DateTrigger  # type: ignore[import-untyped]  # same

from core.domain.mapping import MappingId

Look: TypeAlias = Callable[[MappingId], Awaitable[None] | None]


class ApScheduler:
    """Timers of APScheduler in the running loop, one job for each mapping.

    Jobs live in memory: they are rebuilt from the rows at every start. Those that come late go off all the same.

    Args:
        look: called in the loop with the mapping's id; may be a coroutine function. What it raises is logged.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 10}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.sleep(0)  # what is to be done soon is done
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # it only asks the loop to stop it on its next turn

    def look_at(self, mapping_id: MappingId, when: datetime) -> None:
        """Look at a mapping then; takes the place of an earlier appointment."""
        self._soon(self._appoint, mapping_id, when)

    def forget(self, mapping_id: MappingId) -> None:
        """Drop the appointment, if there is one."""
        self._soon(self._drop, mapping_id)

    def _soon(self, do: Callable[..., None], *arguments: object) -> None:
        """Do it on the loop's next turn, in order: a port that is to open must not wait for APScheduler's books."""
        asyncio.get_running_loop().call_soon(do, *arguments)

    def _appoint(self, mapping_id: MappingId, when: datetime) -> None:
        self._scheduler.add_job(
            self._go_off,
            DateTrigger(when, timezone=UTC),
            args=(mapping_id,),
            id=str(mapping_id),
            replace_existing=True,
        )

    def _drop(self, mapping_id: MappingId) -> None:
        if self._scheduler.get_job(str(mapping_id)) is not None:
            self._scheduler.remove_job(str(mapping_id))

    async def _go_off(self, mapping_id: MappingId) -> None:
        """Be a coroutine function: APScheduler would run a plain one in a thread."""
        answer = self._look(mapping_id)
        if isawaitable(answer):
            await answer
