"""Who does things: people, and the parts of the program that act on their own."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, TypeAlias

UserId = NewType("UserId", str)
TeamId = NewType("TeamId", str)
GroupId = NewType("GroupId", str)


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """A member of a Slack workspace, known by ids only: names change, ids do not."""

    team: TeamId
    user: UserId

    def __str__(self) -> str:
        return f"slack:{self.team}/{self.user}"


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """A program that asks over REST and has no member of the workspace behind it: a token's name, or ``loopback``."""

    name: str

    def __str__(self) -> str:
        return f"rest:{self.name}"


class System(StrEnum):
    """What acts without a person behind it."""

    TIMER = "system:timer"
    GATEWAY = "system:gateway"
    CLUSTER = "system:cluster"
    CLI = "system:cli"
    """Whoever can read the database's address may use the command line on it."""
    POLICY = "system:policy"


Requester: TypeAlias = Person | Client
"""Who may ask for a mapping."""

Actor: TypeAlias = Requester | System


def parse_actor(text: str) -> Actor:
    """Read back what ``str(actor)`` wrote.

    Raises:
        ValueError: the text was not written by ``str(actor)``.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "slack":
        team, slash, user = rest.partition("/")
        if slash and team and user:
            return Person(TeamId(team), UserId(user))
        raise ValueError(f"not an actor: {text!r}")
    if scheme == "rest" and rest:
        return Client(rest)
    return System(text)


class Standing(StrEnum):
    """What a workspace says of a user; only full members may decide, and only they or a client may ask."""

    MEMBER = "member"
    GUEST = "guest"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    STRANGER = "stranger"
    CLIENT = "client"
    """No user at all: a program, whose token the door has checked."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody as the directory knows them at the moment of a decision.

    ``groups`` holds those of the groups asked about that the person belongs to. A group whose members could not be
    learned is in ``unknown_groups`` instead: it never grants.

    Attributes:
        person: a client, too, whose standing is ``CLIENT``.
        operator: the door vouches for that, whatever the policy says of operators.
    """

    person: Requester
    standing: Standing
    groups: frozenset[GroupId] = frozenset()
    unknown_groups: frozenset[GroupId] = frozenset()
    operator: bool = False

    @property
    def admitted(self) -> bool:
        """Whether they may use Pod-Proxier at all."""
        return self.standing is (Standing.CLIENT if isinstance(self.person, Client) else Standing.MEMBER)
