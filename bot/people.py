"""Who people are, asked of Slack once it has said which workspace is ours."""

from collections.abc import Collection

from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, TeamId, UserId
from core.interfaces import Directory


class People:
    """Stands in for Slack's directory until it is there; then it is that one. Implements ``Directory``.

    Programs that ask over REST are nobody that it knows: they are known by their tokens.

    Attributes:
        team: the workspace; ``None`` until it is known.
    """

    def __init__(self, why_not: str) -> None:
        self._why_not = why_not
        self._directory: Directory | None = None
        self.team: TeamId | None = None

    def meet(self, team: TeamId, directory: Directory) -> None:
        """Ask this one from now on."""
        self.team, self._directory = team, directory

    async def profile(self, person: Person, groups: Collection[GroupId]) -> Profile:
        """Look somebody up.

        Raises:
            DirectoryUnreachable: Slack does not say who that is, or has not said anything yet.
        """
        return await self._there().profile(person, groups)

    async def anybody(
        self, users: Collection[UserId], groups: Collection[GroupId], *, but: Collection[UserId] = ()
    ) -> bool | None:
        """Whether any of these is a full member, apart from some.

        Raises:
            DirectoryUnreachable: Slack does not say, or has not said anything yet.
        """
        return await self._there().anybody(users, groups, but=but)

    def _there(self) -> Directory:
        if self._directory is None:
            raise DirectoryUnreachable(self._why_not)
        return self._directory
