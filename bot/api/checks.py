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


@dataclass(frozen=True, slots=True)
class Finding:
    """How a dependency is; ``detail`` says what there is to say, most of all what is wrong."""

    ok: bool
    detail: str = ""


Check: TypeAlias = Callable[[], Awaitable[Finding]]
"""Looks at one dependency; raises a ``PodProxierError`` where that says it all."""


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
