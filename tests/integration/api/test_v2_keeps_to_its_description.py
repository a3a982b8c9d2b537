"""Schemathesis over REST v2, in-process on the memory twins: whatever it sends, the answers are as described."""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.unit.bot.api.v2.counter import SECRETS, counter_in
from tests.unit.core.services.town import Town

EXAMPLES: Final = 8
SEED: Final = 4711
_NETWORKS: Final = st.builds(
    lambda number, length: str(IPv4Network((number << 32 - length, length))), st.integers(0, 255), st.integers(8, 32)
)


class Lazily:
    """An application that is built in the loop in which it is first asked."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._stack = AsyncExitStack()
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._app is not None
        await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        town = Town(asyncio.get_running_loop())
        async with counter_in(town) as counter, town.process():
            counter.stopping.set()  # nobody waits
            self._app = counter.api
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def config() -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "auth": {"openapi": {"token": {"bearer": SECRETS["everything"]}}},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"max-steps": 6}},
        }
    )


def told(check: Any) -> str:
    failure = check.failure_info.failure
    return f"{check.name}: {failure.title}: {failure.message}\n{check.failure_info.code_sample}"


def test_whatever_is_sent_the_answers_are_as_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it may write a cache
    schemathesis.openapi.format("source", _NETWORKS)
    schema = schemathesis.openapi.from_asgi("/api/v2/openapi.json", Lazily(), config=config())
    found, asked = list[str](), 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked += len(event.recorder.interactions)
            for checks in event.recorder.checks.values():
                found += [told(check) for check in checks if check.failure_info is not None]
        elif isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    assert not found, "\n\n".join(dict.fromkeys(found))
    assert asked > EXAMPLES
