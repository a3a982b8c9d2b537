"""The people, the groups and the teams of a workspace."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a user is to the workspace."""

    MEMBER = "member"
    GUEST = "guest"  # multi-channel: is_restricted
    ULTRA_GUEST = "ultra_guest"  # single-channel: is_restricted and is_ultra_restricted
    BOT = "bot"
    DELETED = "deleted"
    STRANGER = "stranger"  # of another team, met through Slack Connect


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace in Slack's sense."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a user id, a bot included."""

    id: str
    name: str
    real_name: str
    team_id: str
    kind: Kind = Kind.MEMBER
    tz: str = "Etc/UTC"
    email: str | None = None
    bot_id: str | None = None
    admin: bool = False


@dataclass(slots=True)
class Group:
    """A user group (a subteam): `@sre`."""

    id: str
    handle: str
    name: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """The app under test and the user it posts as."""

    id: str
    name: str
    user_id: str
    bot_id: str


class Directory:
    """Looks people and groups up, by id or by name, and knows what channels are called."""

    enterprise_id = "E00000001"
    """The organisation of an org-wide installation."""

    def __init__(self, team: Team, elsewhere: Team, app: App) -> None:
        self.team = team
        self.elsewhere = elsewhere
        self.app = app
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.channel_names: dict[str, str] = {}

    @property
    def app_user(self) -> User:
        """The user the app posts as."""
        return self.users[self.app.user_id]

    def user_named(self, name: str) -> User | None:
        """The user with that handle."""
        return next((user for user in self.users.values() if user.name == name), None)

    def group_named(self, handle: str) -> Group | None:
        """The group with that handle."""
        return next((group for group in self.groups.values() if group.handle == handle), None)
