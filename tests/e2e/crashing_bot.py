"""The bot, made to kill itself at one step: ``python -m tests.e2e.crashing_bot MOMENT STEP serve FLAGS...``.

``MOMENT`` is ``before`` or ``after``; ``STEP`` names an event that is committed, a verb of the gateway, or a post.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.cli import main
from core.adapters.database.unit_of_work import SqlUnitOfWork
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.mapping import Decision, Mapping

P = ParamSpec("P")
R = TypeVar("R")
GATEWAY_VERBS = ("apply", "close", "usage")
SLACK_METHODS = {"post": "chat_postMessage", "update": "chat_update"}


def die() -> None:
    """Leave without a good-bye."""
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(call: Callable[P, Awaitable[R]], moment: str) -> Callable[P, Awaitable[R]]:
    """Make a call the last one."""

    @wraps(call)
    async def last(*args: P.args, **kwargs: P.kwargs) -> R:
        if moment == "before":
            die()
        result = await call(*args, **kwargs)
        die()
        return result

    return last


def die_at_commit_of(event: str, moment: str) -> None:
    """Die when a decision of this kind is committed."""
    record, commit = SqlUnitOfWork.record, SqlUnitOfWork.commit
    marked: set[int] = set()

    async def watched_record(self: SqlUnitOfWork, decision: Decision) -> Mapping:
        if decision.event.value == event:
            marked.add(id(self))
        return await record(self, decision)

    async def watched_commit(self: SqlUnitOfWork) -> None:
        if id(self) in marked and moment == "before":
            die()
        await commit(self)
        if id(self) in marked:
            die()

    patch(SqlUnitOfWork, "record", watched_record)
    patch(SqlUnitOfWork, "commit", watched_commit)


def patch(owner: Any, name: str, replacement: Any) -> None:
    """Put something else in the place of a method."""
    setattr(owner, name, replacement)


def arm(moment: str, step: str) -> None:
    """Have this process die at a step."""
    if step in GATEWAY_VERBS:
        patch(SocketGateway, step, deadly(getattr(SocketGateway, step), moment))
    elif step in SLACK_METHODS:
        name = SLACK_METHODS[step]
        patch(AsyncWebClient, name, deadly(getattr(AsyncWebClient, name), moment))
    else:
        die_at_commit_of(step, moment)


if __name__ == "__main__":
    arm(sys.argv[1], sys.argv[2])
    sys.argv[1:3] = []
    sys.exit(main())
