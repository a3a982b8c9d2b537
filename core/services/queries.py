"""What people may see of what is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.mapping import Mapping
from core.domain.people import Client, Profile, Requester
from core.domain.policy import Policy
from core.domain.refusals import NotAMember
from core.domain.request import requestable
from core.interfaces import Directory, UnitOfWork
from core.services.profiles import profile_of
from core.services.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Row:
    """One mapping in a list.

    Attributes:
        hidden: the viewer could neither request nor approve the target, so it is not shown.
    """

    mapping: Mapping
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    """What the policy in force lets a person do: namespaces named outright, with their rules' limits."""

    policy: Policy
    namespaces: Sequence[str]
    operator: bool


class Queries:
    """Reads; nothing is written."""

    def __init__(self, transactions: Transactions, directory: Directory, policy: Callable[[], Policy]) -> None:
        self._transactions, self._directory, self._policy = transactions, directory, policy

    async def mine(self, requester: Requester) -> Sequence[Row]:
        """List what somebody asked for and that is not over."""
        return [Row(m) for m in await self._live(requester)]

    async def everything(self, viewer: Requester) -> Sequence[Row]:
        """List everything that is not over; targets that are none of the viewer's business are hidden.

        Raises:
            NotAMember: the viewer is none.
        """
        profile, policy = await self._member(viewer)
        return [Row(m, hidden=not _may_see(m, profile, policy)) for m in await self._live()]

    async def help(self, viewer: Requester) -> Help:
        """Say what the policy in force lets somebody ask for.

        Raises:
            NotAMember: they are none.
        """
        profile, policy = await self._member(viewer)
        return Help(policy, requestable(profile, policy), policy.is_operator(profile))

    async def _member(self, viewer: Requester) -> tuple[Profile, Policy]:
        policy = self._policy()
        profile = await profile_of(viewer, self._directory, policy)
        if not profile.admitted:
            raise NotAMember(viewer, profile.standing)
        return profile, policy

    async def _live(self, requester: Requester | None = None) -> Sequence[Mapping]:
        async def question(uow: UnitOfWork) -> Sequence[Mapping]:
            return await uow.mappings.live(requester)

        return await self._transactions.read(question)


def _may_see(mapping: Mapping, profile: Profile, policy: Policy) -> bool:
    if isinstance(profile.person, Client):
        return True  # whoever gave it a token to read with has decided so
    namespace = mapping.target.namespace
    rule = policy.rule_or_nothing(namespace)
    involved = profile.person == mapping.requester or policy.is_operator(profile)
    return involved or policy.may_request(profile, namespace) or rule.approvers.includes(profile)
