"""Who people are, as Slack knows them."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.slack.errors import SlackError, SlackLimited, SlackRefused, TokenDead, WrongSetup
from bot.slack.lookups import Lookups
from bot.slack.webapi.client import Slack
from core.domain.errors import DirectoryUnreachable
from core.domain.people import GroupId, Person, Profile, Standing, TeamId, UserId
from core.interfaces import Clock

log = structlog.get_logger(__name__)

FRESH_FOR: Final = timedelta(minutes=1)
"""How long an answer is taken for the present one."""
LOOKED_UP: Final = 10
"""People of whom it is learned whether anybody is there; in a larger crowd somebody is."""
GROUPS_LAST: Final = timedelta(minutes=5)
"""How long a group's members are believed while Slack limits us; its limit here is about 20 look-ups a minute."""


class SlackDirectory:
    """The workspace's directory; an unknown answer never grants.

    Args:
        slack: the Web API.
        team: the workspace; people of any other are strangers, whatever Slack says of them.
        clock: tells how old an answer is.
    """

    def __init__(self, slack: Slack, team: TeamId, clock: Clock) -> None:
        self._team = team
        self._standings = Lookups[UserId, Standing](self._ask_standing, clock, FRESH_FOR)
        self._groups = Lookups[GroupId, frozenset[UserId]](slack.group_members, clock, FRESH_FOR)
        self._slack = slack

    async def profile(self, person: Person, groups: Collection[GroupId]) -> Profile:
        """Look somebody up, and which of these groups they belong to.

        Raises:
            DirectoryUnreachable: Slack does not say who that is.
        """
        if person.team != self._team:
            return Profile(person, Standing.STRANGER)
        asked = sorted(set(groups))
        standing, members = await asyncio.gather(
            self._standing(person.user), asyncio.gather(*(self._members(group) for group in asked))
        )
        known = {group: users for group, users in zip(asked, members, strict=True) if users is not None}
        return Profile(
            person,
            standing,
            frozenset(group for group, users in known.items() if person.user in users),
            frozenset(asked) - set(known),
        )

    async def anybody(
        self, users: Collection[UserId], groups: Collection[GroupId], *, but: Collection[UserId] = ()
    ) -> bool | None:
        """Whether any of these users, or of the groups' members, is a full member, apart from some.

        Raises:
            DirectoryUnreachable: Slack does not say who one of them is.
        """
        members = await asyncio.gather(*(self._members(group) for group in groups))
        known = frozenset(users).union(*(some for some in members if some is not None)) - frozenset(but)
        looked_up = sorted(known)[:LOOKED_UP]
        standings = await asyncio.gather(*(self._standing(user) for user in looked_up))
        if Standing.MEMBER in standings:
            return True
        return None if None in members or len(looked_up) < len(known) else False

    def forget_user(self, user: UserId) -> None:
        """Look a user up anew the next time: Slack says that something has changed."""
        self._standings.forget(user)

    def forget_group(self, group: GroupId) -> None:
        """Look a group up anew the next time: Slack says that its members have changed."""
        self._groups.forget(group)

    async def _standing(self, user: UserId) -> Standing:
        try:
            return await self._standings.get(user)
        except SlackError as exc:
            raise DirectoryUnreachable(f"Slack cannot say who <{user}> is: {exc}") from exc

    async def _members(self, group: GroupId) -> frozenset[UserId] | None:
        """List who is in a group; ``None`` where that cannot be learned now."""
        try:
            return await self._groups.get(group)
        except SlackLimited as exc:
            known = self._groups.kept(group, GROUPS_LAST)
            log.warning("directory.group_limited", group=group, retry_after=exc.retry_after, known=known is not None)
            return known
        except SlackError as exc:
            log.warning("directory.group_unknown", group=group, message=str(exc), hint=exc.hint)
            return None

    async def _ask_standing(self, user: UserId) -> Standing:
        try:
            return standing_of(await self._slack.users_info(user), self._team)
        except (TokenDead, WrongSetup):
            raise
        except SlackRefused as exc:
            if exc.code in {"user_not_found", "user_not_visible", "users_not_found"}:
                return Standing.STRANGER
            raise


def standing_of(user: Mapping[str, Any], team: TeamId) -> Standing:
    """Read what Slack's user object says; only what it says outright makes a member.

    ``is_stranger`` is false for people of other workspaces who share a channel with the app, so the team counts.
    """
    at_home = user.get("team_id") == team or team in _teams_of_an_organisation(user)
    if not at_home or user.get("is_stranger"):
        return Standing.STRANGER
    if user.get("deleted") is not False:
        return Standing.DEACTIVATED
    if user.get("is_bot") is not False or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        return Standing.BOT
    if user.get("is_restricted") is not False or user.get("is_ultra_restricted") is not False:
        return Standing.GUEST
    return Standing.MEMBER


def _teams_of_an_organisation(user: Mapping[str, Any]) -> Collection[str]:
    """List the workspaces of somebody who is in several of one organisation."""
    of_organisation = user.get("enterprise_user")
    teams = of_organisation.get("teams") if isinstance(of_organisation, Mapping) else None
    return teams if isinstance(teams, list) else ()
