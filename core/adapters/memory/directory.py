from collections.abc import Collection, Iterable

from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, Standing, UserId


class MemoryDirectory:
    """A workspace of whoever was added; anybody else is a stranger to it.

    Attributes:
        reachable: set it to ``False`` and every question raises ``DirectoryUnreachable``.
        unreadable: groups whose members cannot be learned.
    """

    def __init__(self) -> None:
        self.reachable = True
        self.unreadable: set[GroupId] = set()
        self._people: dict[Person, tuple[Standing, frozenset[GroupId]]] = {}

    def add(self, person: Person, groups: Iterable[GroupId] = (), standing: Standing = Standing.MEMBER) -> Person:
        """Let somebody in, or change what is known of them; returns the person."""
        self._people[person] = (standing, frozenset(groups))
        return person

    async def profile(self, person: Person, groups: Collection[GroupId]) -> Profile:
        """Look somebody up, and which of these groups they belong to.

        Raises:
            DirectoryUnreachable: it was told to be.
        """
        if not self.reachable:
            raise DirectoryUnreachable("the workspace does not answer")
        standing, memberships = self._people.get(person, (Standing.STRANGER, frozenset[GroupId]()))
        asked = frozenset(groups)
        unknown = asked & self.unreadable
        return Profile(person, standing, (asked & memberships) - unknown, unknown)

    async def anybody(
        self, users: Collection[UserId], groups: Collection[GroupId], *, but: Collection[UserId] = ()
    ) -> bool | None:
        """Whether any of these users, or of the groups' members, is a full member, apart from some.

        Raises:
            DirectoryUnreachable: it was told to be.
        """
        if not self.reachable:
            raise DirectoryUnreachable("the workspace does not answer")
        asked = frozenset(groups)
        known = [
            person.user
            for person, (standing, memberships) in self._people.items()
            if standing is Standing.MEMBER and (person.user in users or memberships & (asked - self.unreadable))
        ]
        if set(known) - set(but):
            return True
        return None if asked & self.unreadable else False
