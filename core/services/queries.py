"""What people may see of what is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain.freezing import Freeze
from core.domain.mapping import Mapping, MappingId, Reference
from core.domain.people import Client, Profile, Requester
from core.domain.policy import Policy
from core.domain.refusals import NotAMember
from core.domain.request import requestable
from core.domain.standing import StandingPort
from core.interfaces import Directory, Filter, UnitOfWork
from core.services.profiles import profile_of
from core.services.transactions import Transactions

_LOOK_ON: Final = 500
"""Mappings that are read at once where most of them are hidden."""


@dataclass(frozen=True, slots=True)
class Row:
    """One mapping in a list.

    Attributes:
        hidden: the viewer could neither request nor approve the target, so it is not shown.
    """

    mapping: Mapping
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One standing port in a list.

    Attributes:
        hidden: the Service is none of the viewer's business, so it is not shown.
    """

    standing: StandingPort
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some mappings, newest first.

    Attributes:
        rows: as many as were asked for, but for the last page.
        next: what the next page comes after; ``None``: this was the last one.
    """

    rows: Sequence[Row]
    next: MappingId | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """What the policy in force lets a person do: namespaces named outright, with their rules' limits."""

    policy: Policy
    namespaces: Sequence[str]
    operator: bool


class Queries:
    """Reads; nothing is written.

    Args:
        with_services: whether Services have ports; else those that they had are not listed.
    """

    def __init__(
        self,
        transactions: Transactions,
        directory: Directory,
        policy: Callable[[], Policy],
        *,
        with_services: bool = False,
    ) -> None:
        self._transactions, self._directory, self._policy = transactions, directory, policy
        self._with_services = with_services

    async def mine(self, requester: Requester) -> Sequence[Row]:
        """List what somebody asked for and that is not over."""
        return [Row(m) for m in await self._live(requester)]

    async def everything(self, viewer: Requester) -> Sequence[Row]:
        """List everything that is not over; targets that are none of the viewer's business are hidden.

        Raises:
            NotAMember: the viewer is none.
        """
        profile, policy = await self._viewer(viewer)
        return [Row(m, hidden=not _may_see(m, profile, policy)) for m in await self._live()]

    async def services(self, viewer: Requester) -> Sequence[StandingRow]:
        """List the standing ports of Services, by port; those that are none of the viewer's business are hidden.

        Raises:
            NotAMember: the viewer is none.
        """
        profile, policy = await self._viewer(viewer)
        if not self._with_services:
            return []
        rows = await self._transactions.read(lambda uow: uow.standing.all())
        return [StandingRow(row, hidden=not _concerns(row.service.namespace, profile, policy)) for row in rows]

    async def page(self, viewer: Requester, wanted: Filter, limit: int = 50, after: MappingId | None = None) -> Page:
        """List mappings of all times, newest first; targets that are none of the viewer's business are hidden.

        What is hidden is left out where its target, or who asked, was named: that it is there would tell.

        Raises:
            NotAMember: the viewer is none.
        """
        profile, policy = await self._viewer(viewer)
        if (wanted.namespace, wanted.name, wanted.requester) != (None, None, None):
            return await self._seen(wanted, limit, after, lambda m: _may_see(m, profile, policy))
        found = await self._found(wanted, after, limit + 1)
        rows = [Row(m, hidden=not _may_see(m, profile, policy)) for m in found[:limit]]
        return Page(rows, found[limit - 1].id if len(found) > limit else None)

    async def _seen(
        self, wanted: Filter, limit: int, after: MappingId | None, may_see: Callable[[Mapping], bool]
    ) -> Page:
        """List what is not hidden; looks on until it is known whether more follows, for what is hidden is no more."""
        seen, length = list[Mapping](), limit + 1
        while len(seen) <= limit:
            found = await self._found(wanted, after, length)
            seen += filter(may_see, found)
            if len(found) < length:
                break
            after, length = found[-1].id, _LOOK_ON
        return Page([Row(m) for m in seen[:limit]], seen[limit - 1].id if len(seen) > limit else None)

    async def _found(self, wanted: Filter, after: MappingId | None, limit: int) -> Sequence[Mapping]:
        return await self._transactions.read(lambda uow: uow.mappings.page(wanted, after, limit))

    async def one(self, viewer: Requester, reference: Reference) -> Row:
        """Read one mapping, as ``page`` lists it.

        Raises:
            NoSuchMapping: there is none.
            NotAMember: the viewer is none.
        """
        profile, policy = await self._viewer(viewer)
        mapping = await self._transactions.read(lambda uow: uow.mappings.find(reference))
        return Row(mapping, hidden=not _may_see(mapping, profile, policy))

    async def freeze(self) -> Freeze | None:
        """Say whether everything is frozen, by whom and why."""
        return await self._transactions.read(lambda uow: uow.freezes.current())

    async def help(self, viewer: Requester) -> Help:
        """Say what the policy in force lets somebody ask for.

        Raises:
            NotAMember: they are none.
        """
        profile, policy = await self._viewer(viewer)
        return Help(policy, requestable(profile, policy), policy.is_operator(profile))

    async def _viewer(self, viewer: Requester) -> tuple[Profile, Policy]:
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
    return profile.person == mapping.requester or _concerns(mapping.target.namespace, profile, policy)


def _concerns(namespace: str, profile: Profile, policy: Policy) -> bool:
    """Whether somebody could request or approve what is in a namespace."""
    if isinstance(profile.person, Client):
        return True  # whoever gave it a token to read with has decided so
    may_decide = policy.is_operator(profile) or policy.rule_or_nothing(namespace).approvers.includes(profile)
    return may_decide or policy.may_request(profile, namespace)
