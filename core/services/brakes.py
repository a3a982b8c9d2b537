"""The verbs of operators that stop everything at once: freeze, thaw, revoke all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from core.domain.freezing import Freeze, Sweep
from core.domain.mapping import Mapping
from core.domain.notices import Facts
from core.domain.people import Profile
from core.domain.policy import Policy
from core.domain.record import Note
from core.domain.refusals import NotAMember, NotYours
from core.interfaces import Directory
from core.services.access import Who
from core.services.audited import Attempt, audited
from core.services.freezing import revoke_all
from core.services.profiles import profile_to_revoke
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a freeze did.

    Attributes:
        freeze: the one in force; ``known`` where somebody had frozen everything before.
        revoked: what it ended.
    """

    freeze: Freeze
    revoked: Sequence[Mapping]
    known: bool


class Brakes:
    """Stops everything, and lets it go on.

    Every verb raises ``NotYours`` for whoever is no operator. To stop is always safe: where a group cannot be looked
    up, or the workspace does not answer, whoever may be an operator may stop things, but not let them go on.
    """

    def __init__(self, transactions: Transactions, directory: Directory, policy: Callable[[], Policy]) -> None:
        self._transactions, self._directory, self._policy = transactions, directory, policy

    async def freeze(self, reason: str, who: Who) -> Stopped:
        """Revoke everything, and have nothing opened, granted or extended until it is thawed.

        Freezing what is frozen changes nothing but what has slipped through meanwhile.
        """
        async with audited(self._transactions, Attempt("freeze", who.person, who.delivery)):
            await self._check(who, "freeze everything", Policy.may_be_operator)
            wanted = Freeze(who.person, self._transactions.clock.now(), reason)
            found: list[Freeze] = []

            async def put(ledger: Ledger) -> None:
                known = await ledger.uow.freezes.current()
                found[:] = [known or wanted]
                if known is None:
                    await ledger.uow.freezes.put(wanted)
                    await ledger.enter(_note("freeze", who, wanted.at, {"why": reason} if reason else {}))

            sweep = Sweep(who.person, reason)
            revoked = await revoke_all(sweep, self._transactions, first=put, delivery=who.delivery)
            log.warning("everything.frozen", by=str(found[0].by), reason=found[0].reason, revoked=len(revoked))
            return Stopped(found[0], revoked, known=found[0] is not wanted)

    async def thaw(self, who: Who) -> Freeze | None:
        """Let everything go on; returns the freeze that was lifted, ``None`` where nothing was frozen."""
        async with audited(self._transactions, Attempt("thaw", who.person, who.delivery)):
            await self._check(who, "thaw everything", Policy.is_operator)

            async def work(ledger: Ledger) -> Freeze | None:
                freeze = await ledger.uow.freezes.current()
                if freeze is not None:
                    await ledger.uow.freezes.lift()
                    await ledger.enter(_note("thaw", who, self._transactions.clock.now(), {}))
                return freeze

            lifted = await self._transactions.commit(work, delivery=who.delivery)
            log.info("everything.thawed", by=str(who.person), was_frozen=lifted is not None)
            return lifted

    async def revoke_all(self, namespace: str | None, who: Who) -> Sequence[Mapping]:
        """Revoke what there is, everywhere or in one namespace; new requests are taken as before."""
        async with audited(self._transactions, Attempt("revoke_all", who.person, who.delivery)):
            await self._check(who, "revoke what others have", Policy.may_be_operator)
            sweep = Sweep(who.person, namespace=namespace)
            return await revoke_all(sweep, self._transactions, delivery=who.delivery)

    async def _check(self, who: Who, what: str, may: Callable[[Policy, Profile], bool]) -> None:
        policy = self._policy()
        profile = await profile_to_revoke(who.person, self._directory, policy, operator=who.operator)
        if not profile.admitted:
            raise NotAMember(profile.person, profile.standing)
        if not may(policy, profile):
            raise NotYours(what, None, policy.operators)


def _note(event: str, who: Who, at: datetime, detail: Facts) -> Note:
    return Note(at, who.person, event, detail=detail, own_words=False)
