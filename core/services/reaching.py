"""Whether anybody can be reached who may approve: said at once, not after an hour of silence."""

import asyncio
from typing import Final

import structlog

from core.domain.errors import OutsideError
from core.domain.people import Person, Requester
from core.domain.policy import Principals, Rule
from core.interfaces import Directory

log = structlog.get_logger(__name__)

WITHIN: Final = 1.0
"""Seconds; whoever asks waits for this, and an unknown answer keeps nobody from asking."""


async def unreachable_for(rule: Rule, requester: Requester, directory: Directory) -> str | None:
    """Say of whom nobody can be reached: of which sets, or "" for any approver; ``None`` where somebody may be."""
    if not rule.approvals:
        return None
    try:
        async with asyncio.timeout(WITHIN):
            if not await _somebody(rule.approvers, requester, directory):
                return ""
            sets = rule.approver_sets
            there = await asyncio.gather(*(_somebody(each.who, requester, directory) for each in sets))
    except (OutsideError, TimeoutError) as exc:
        log.info("reaching.unknown", error=type(exc).__name__, message=str(exc))
        return None
    lacking = [each.name for each, somebody in zip(sets, there, strict=True) if not somebody]
    return ", ".join(lacking) or None


async def _somebody(who: Principals, requester: Requester, directory: Directory) -> bool:
    """Whether anybody is among them but whoever asks; what is not known may be."""
    if who.anyone:
        return True
    own = [requester.user] if isinstance(requester, Person) else []
    return await directory.anybody(who.users - frozenset(own), who.groups, but=own) is not False
