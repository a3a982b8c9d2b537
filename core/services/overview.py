"""What concerns one person now: for their Home tab."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain.mapping import Mapping, Vote
from core.domain.people import Person, Profile, Standing
from core.domain.policy import Policy
from core.domain.refusals import NotAMember
from core.domain.states import State
from core.interfaces import Directory, Filter, UnitOfWork
from core.services.transactions import Transactions

RECENT: Final = 5
"""Of what is over, so many are shown."""


@dataclass(frozen=True, slots=True)
class AtHome:
    """What concerns a person.

    Attributes:
        to_decide: requests, and wishes for more time, that wait for this person among others.
        theirs: what they asked for and that is not over: what ends first comes first.
        recent: what they had last, newest first.
    """

    to_decide: Sequence[Mapping]
    theirs: Sequence[Mapping]
    recent: Sequence[Mapping]


class Overview:
    """Reads what concerns somebody; nothing is written."""

    def __init__(self, transactions: Transactions, directory: Directory, policy: Callable[[], Policy]) -> None:
        self._transactions, self._directory, self._policy = transactions, directory, policy

    async def of(self, person: Person) -> AtHome:
        """Gather it.

        Raises:
            NotAMember: they are none.
            OutsideError: the directory or the database does not answer.
        """
        policy = self._policy()
        profile = await self._directory.profile(person, policy.groups())
        if profile.standing is not Standing.MEMBER:
            raise NotAMember(person, profile.standing)

        async def question(uow: UnitOfWork) -> AtHome:
            live = await uow.mappings.live()
            recent = await uow.mappings.page(Filter(live=False, requester=person), None, RECENT)
            theirs = [mapping for mapping in live if mapping.requester == person]
            return AtHome([m for m in live if waits_for(m, profile, policy)], sorted(theirs, key=_end), recent)

        return await self._transactions.read(question)


def waits_for(mapping: Mapping, profile: Profile, policy: Policy) -> bool:
    """Whether a person may decide something about a mapping, and has not yet."""
    votes = _votes_wanted(mapping)
    rule = policy.rule_or_nothing(mapping.target.namespace)
    may = votes is not None and policy.may_decide(profile, rule, mapping.requester)
    asked_themselves = mapping.extension is not None and mapping.extension.asker == profile.person
    return may and not asked_themselves and all(vote.person != profile.person for vote in votes or ())


def _votes_wanted(mapping: Mapping) -> Sequence[Vote] | None:
    """The votes so far on what is to be decided; ``None`` where nothing is."""
    if mapping.state is State.REQUESTED:
        return mapping.votes
    return mapping.extension.votes if mapping.extension is not None and mapping.state is State.OPEN else None


def _end(mapping: Mapping) -> tuple[float, int]:
    ends = mapping.expires_at or mapping.open_by or mapping.pending_until
    return ends.timestamp(), mapping.id
