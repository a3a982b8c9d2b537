"""Listeners at work, so that none is lost, and a stop can wait for them."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt.listener.async_listener_start_handler import AsyncListenerStartHandler
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

log = structlog.get_logger(__name__)


class InFlight(AsyncListenerStartHandler):
    """The tasks of all listeners that are not done; Bolt starts them and keeps no reference of its own."""

    def __init__(self) -> None:
        self._tasks = set[asyncio.Task[Any]]()

    def __len__(self) -> int:
        return len(self._tasks)

    async def handle(self, request: AsyncBoltRequest, response: BoltResponse | None) -> None:  # noqa: ARG002 - Bolt's
        """Note the task that a listener begins in; Bolt calls this there."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self, within: timedelta) -> None:
        """Wait until all are done; those that are not in time are cancelled."""
        await asyncio.sleep(0)  # what was started a moment ago is noted in its first step
        if not self._tasks:
            return
        log.info("slack.draining", in_flight=len(self._tasks))
        _, late = await asyncio.wait(self._tasks, timeout=within.total_seconds())
        if late:
            log.warning("slack.cut_short", in_flight=len(late))
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
