"""What ``/ready`` asks: each dependency by itself, all at once, none longer than a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from bot.masking import masked
from core.domain.errors import PodProxierError

log = structlog.get_logger(__name__)

DEADLINE: Final = timedelta(seconds=1)
LONGEST_DETAIL: Final = 500
FRESH_FOR: Final = 0.5
"""Seconds for which what was found is told again: whoever asks without end must not keep database and cluster busy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a dependency is; ``detail`` says what there is to say, most of all what is wrong."""

    ok: bool
    detail: str = ""


Check: TypeAlias = Callable[[], Awaitable[Finding]]
"""Looks at one dependency; raises a ``PodProxierError`` where that says it all."""


class Examination:
    """Looks at everything, once for all who ask meanwhile or shortly after."""

    def __init__(self, checks: Mapping[str, Check], fresh_for: float = FRESH_FOR) -> None:
        self._checks, self._fresh_for = checks, fresh_for
        self._look: asyncio.Task[dict[str, Finding]] | None = None
        self._again_at = 0.0

    async def findings(self) -> dict[str, Finding]:
        """Say how everything is, or was a moment ago."""
        if self._look is None or (self._look.done() and _now() >= self._again_at):
            self._look = asyncio.create_task(findings(self._checks))
            self._look.add_done_callback(self._looked)
        return await asyncio.shield(self._look)  # one who gives up does not take the answer from the others

    def _looked(self, _: object) -> None:
        self._again_at = _now() + self._fresh_for


async def findings(checks: Mapping[str, Check], deadline: timedelta = DEADLINE) -> dict[str, Finding]:
    """Look at everything at once; what does not answer in time is not well."""
    found = await asyncio.gather(*(_look(name, check, deadline.total_seconds()) for name, check in checks.items()))
    return dict(zip(checks, found, strict=True))


async def _look(name: str, check: Check, seconds: float) -> Finding:
    try:
        async with asyncio.timeout(seconds):
            finding = await check()
    except TimeoutError:
        return Finding(ok=False, detail=f"no answer within {seconds:g} s")
    except PodProxierError as exc:
        finding = Finding(ok=False, detail=str(exc))
    except Exception as exc:  # a defect in one check must not hide what the others found; it is logged with its trace
        log.exception("ready.check_broke", check=name)
        finding = Finding(ok=False, detail=f"the check itself broke: {type(exc).__name__}")
    return Finding(finding.ok, _safe(finding.detail))


def _safe(detail: str) -> str:
    """One line, of a bearable length, without secrets: whoever reaches the port may read it."""
    return masked(" ".join(detail.split()))[:LONGEST_DETAIL]


def _now() -> float:
    return asyncio.get_running_loop().time()
