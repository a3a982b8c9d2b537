"""People of other workspaces, who see our cards in channels shared by Slack Connect: nothing of theirs is looked at."""

import re
from typing import Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.door.listeners.desk import Desk
from bot.slack.door.visits import Visit
from core.domain.people import Standing, TeamId

_ANY: Final = re.compile("")


def register(app: AsyncApp, desk: Desk, team: TeamId) -> None:
    """Listen to them before anybody else does."""

    async def is_stranger(visit: Visit | None) -> bool:
        return visit is not None and visit.person.team != team

    @app.command(_ANY, matchers=[is_stranger])
    @app.action(_ANY, matchers=[is_stranger])
    @app.shortcut(_ANY, matchers=[is_stranger])
    @app.options(_ANY, matchers=[is_stranger])
    @app.view(_ANY, matchers=[is_stranger])
    async def turn_away(visit: Visit, ack: AsyncAck) -> None:
        await ack()
        await desk.services.access.turn_away(visit.who, Standing.STRANGER)
