"""Holds what is open against the policy whenever that has changed; a duty of the engine."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from core.domain.enforcing import JUDGED, forbidden, judged
from core.domain.errors import DirectoryUnreachable
from core.domain.mapping import Mapping
from core.domain.people import Profile
from core.domain.policy import Policy
from core.interfaces import Directory
from core.services.profiles import profile_of
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at whether the policy has changed."""
AGAIN_AFTER: Final = 10.0
"""Seconds before those are looked at again of whom the directory could not say who they are."""


class Enforcing:
    """Looks at every open mapping when it takes up the work, for the policy may be another one, and at each change."""

    def __init__(self, policy: Callable[[], Policy], directory: Directory) -> None:
        self._policy, self._directory = policy, directory

    async def run(self, transactions: Transactions) -> None:
        """Look until cancelled, or until the lease is lost."""
        known: Policy | None = None
        while True:
            policy = self._policy()
            complete = policy == known or await self._judge_all(policy, transactions)
            known = policy if complete else None
            await asyncio.sleep(LOOK_EVERY if complete else AGAIN_AFTER)

    async def _judge_all(self, policy: Policy, transactions: Transactions) -> bool:
        """Judge everything that is open; ``False`` where it could not be said of everybody who they are."""
        live = await transactions.read(lambda uow: uow.mappings.live())
        complete = True
        for mapping in live:
            if mapping.state in JUDGED:
                try:
                    asker = await profile_of(mapping.requester, self._directory, policy)
                except DirectoryUnreachable as exc:
                    log.warning("policy.asker_unknown", id=mapping.id, message=str(exc))
                    complete = False
                    continue
                await self._judge(mapping, asker, policy, transactions)
        return complete

    async def _judge(self, mapping: Mapping, asker: Profile, policy: Policy, transactions: Transactions) -> None:
        why = forbidden(mapping, asker, policy)
        if why == mapping.forbidden and not (why and policy.enforces(mapping.target.namespace)):
            return

        async def work(ledger: Ledger) -> None:
            current = await ledger.uow.mappings.get(mapping.id)
            decision = judged(current, why, policy, transactions.clock.now()) if current.state in JUDGED else None
            if decision is not None:
                await ledger.record(decision)
                log.warning("policy.held_against", id=mapping.id, what=decision.event.value, why=why)

        await transactions.commit(work)
