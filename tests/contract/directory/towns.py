"""A workspace and its people, in memory and in Slack."""

from typing import Final, Protocol

from bot.slack.directory import SlackDirectory
from bot.slack.webapi.client import Slack
from bot.workspace import Kind, Workspace
from core.adapters.clock import SystemClock
from core.adapters.memory.directory import MemoryDirectory
from core.domain.people import GroupId, Person, Standing, TeamId, UserId
from core.interfaces import Directory

HERE: Final = TeamId("T1")
KINDS: Final = {
    Standing.MEMBER: Kind.MEMBER,
    Standing.GUEST: Kind.GUEST,
    Standing.BOT: Kind.BOT,
    Standing.DEACTIVATED: Kind.DELETED,
    Standing.STRANGER: Kind.STRANGER,
}


class Town(Protocol):
    """What a test can do to a workspace."""

    @property
    def directory(self) -> Directory: ...

    def somebody(self, name: str, *groups: GroupId, standing: Standing = Standing.MEMBER) -> Person: ...

    def group(self, handle: str) -> GroupId: ...

    def hide(self, group: GroupId) -> None: ...

    def fall_silent(self) -> None: ...


class MemoryTown:
    def __init__(self) -> None:
        self.directory = MemoryDirectory()

    def somebody(self, name: str, *groups: GroupId, standing: Standing = Standing.MEMBER) -> Person:
        return self.directory.add(Person(HERE, UserId(name)), groups, standing)

    def group(self, handle: str) -> GroupId:
        return GroupId(handle)

    def hide(self, group: GroupId) -> None:
        self.directory.unreadable.add(group)

    def fall_silent(self) -> None:
        self.directory.reachable = False


class SlackTown:
    def __init__(self, workspace: Workspace, slack: Slack) -> None:
        self._workspace = workspace
        self._team = TeamId(workspace.team_id)
        self.directory = SlackDirectory(slack, self._team, SystemClock())

    def somebody(self, name: str, *groups: GroupId, standing: Standing = Standing.MEMBER) -> Person:
        person = self._workspace.add_user(name, kind=KINDS[standing])
        for group in groups:
            self._workspace.state.directory.groups[group].members.append(person.id)
        return Person(self._team, UserId(person.id))

    def group(self, handle: str) -> GroupId:
        return GroupId(self._workspace.add_group(handle).id)

    def hide(self, group: GroupId) -> None:
        self._workspace.state.directory.groups[group].disabled = True

    def fall_silent(self) -> None:
        self._workspace.begin_outage()
