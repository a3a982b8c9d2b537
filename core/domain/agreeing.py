"""Who still has to agree: so many people, and among them at least one of each set that the rule names.

One person may stand for several sets, and counts as one approval all the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.domain.mapping import Vote
from core.domain.people import Person, Profile, Requester, Standing, UserId
from core.domain.policy import ApproverSet, Rule


@dataclass(frozen=True, slots=True)
class Missing:
    """What a request still needs.

    Attributes:
        approvals: by so many more people, at least, as far as is known.
        sets: those of which nobody has agreed yet.
    """

    approvals: int
    sets: tuple[ApproverSet, ...] = ()


def missing(rule: Rule, votes: Sequence[Vote], requester: Requester) -> Missing:
    """Say what is missing; by fewer people than are missing sets, where somebody may stand for several."""
    sets = tuple(each for each in rule.approver_sets if not any(stands_for(vote, each) for vote in votes))
    done = [requester, *(vote.person for vote in votes)]
    barred = frozenset(who.user for who in done if isinstance(who, Person))
    return Missing(max(rule.approvals - len(votes), _fewest(sets, barred)), sets)


def stands_for(vote: Vote, wanted: ApproverSet) -> bool:
    """Whether whoever agreed was of this set when they did."""
    return wanted.who.includes(Profile(vote.person, Standing.MEMBER, vote.groups))


def brings_nearer(before: Missing, after: Missing) -> bool:
    """Whether an approval helps; one that takes the place of somebody who has to agree does not."""
    return after.approvals < before.approvals or not before.approvals


def _fewest(sets: Sequence[ApproverSet], barred: Collection[UserId]) -> int:
    """Find how few people could stand for all of these sets, none of whom is ``barred``.

    Whoever is named may be in any group, and groups may share somebody: who is in them is not known here. Where nobody
    is left for one of the sets, each counts.
    """
    unknown = sum(1 << at for at, each in enumerate(sets) if each.who.groups or each.who.anyone)
    named = {user for each in sets for user in each.who.users if user not in barred}
    hands = {unknown, *(unknown | _sets_of(user, sets) for user in named)}
    everything, reached = (1 << len(sets)) - 1, {0}
    for people in range(len(sets)):
        if everything in reached:
            return people
        reached = {done | hand for done in reached for hand in hands}
    return len(sets)


def _sets_of(user: UserId, sets: Sequence[ApproverSet]) -> int:
    return sum(1 << at for at, each in enumerate(sets) if user in each.who.users)
