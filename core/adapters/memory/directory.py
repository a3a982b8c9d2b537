from collections.abc import Collection, Iterable

from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, Standing


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
