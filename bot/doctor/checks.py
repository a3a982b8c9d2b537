"""All checks, run at once, each with a deadline; one that raises is a failure with its message."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.doctor import cluster, database, gateway, host, policy, ports, slack, state, target, tokens
from bot.doctor.patient import Patient
from bot.doctor.report import Finding, Level, broken, fail
from core.domain.target import Target

DEADLINE: Final = 10.0
"""Seconds for one check; several times what any of them needs."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at one part."""

    subject: str
    look: Callable[[Patient], Awaitable[Sequence[Finding]]]


CHECKS: Final = (
    Check("slack", slack.tokens),
    Check("slack", slack.scopes),
    Check("slack", slack.groups),
    Check("tokens", tokens.remarks),
    Check("cluster", cluster.permissions),
    Check("gateway", gateway.running),
    Check("ports", ports.apart_from_others),
    Check("ports", ports.free),
    Check("database", database.revision),
    Check("host", host.reachable),
    Check("policy", policy.remarks),
    Check("state", state.writable_and_private),
)


async def examine(
    patient: Patient, say: Callable[[str], object], wanted: Target | None = None, deadline: float = DEADLINE
) -> bool:
    """Look at everything, and say each finding as a line, in a fixed order.

    Args:
        patient: what to look at.
        say: takes one line.
        wanted: a target to try from the gateway's side as well.
        deadline: seconds for each check.

    Returns:
        Whether nothing fails.
    """
    checks = [*CHECKS, *([Check("target", partial(target.reachable, wanted))] if wanted else [])]
    async with asyncio.TaskGroup() as tasks:
        looking = [tasks.create_task(_findings(check, patient, deadline)) for check in checks]
        healthy = True
        for check, found in zip(checks, looking, strict=True):
            for finding in await found:
                say(finding.line(check.subject))
                healthy &= finding.level is not Level.FAIL
    return healthy


async def _findings(check: Check, patient: Patient, deadline: float) -> Sequence[Finding]:
    limit = asyncio.timeout(deadline)
    try:
        async with limit:
            return await check.look(patient)
    except Exception as exc:  # noqa: BLE001 - whatever a part raises is what is wrong with it
        return [fail(f"no answer within {deadline:g} s") if limit.expired() else broken(exc)]
