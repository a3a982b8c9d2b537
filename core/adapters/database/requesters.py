"""Who asked, as two texts: a workspace and a user, or ``rest`` and a client's name.

No workspace is called that: their ids begin with T or E.
"""

from functools import lru_cache
from typing import Final

from core.domain.people import Client, Person, Requester, TeamId, UserId

REST: Final = "rest"
_REMEMBERED: Final = 4096


def team(who: Requester) -> str:
    """Write the first of the two."""
    return REST if isinstance(who, Client) else who.team


def user(who: Requester) -> str:
    """Write the second of the two."""
    return who.name if isinstance(who, Client) else who.user


# An approval reads a row for each port that was ever used: mostly of the same people, who asked for the same targets.


@lru_cache(maxsize=_REMEMBERED)
def requester(team: str, user: str) -> Requester:
    """Read both."""
    return Client(user) if team == REST else person(team, user)


def person(team: str, user: str) -> Person:
    """Read both, where it was no client."""
    return Person(TeamId(team), UserId(user))
