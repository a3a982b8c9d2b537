"""The Bolt app: what stands before the listeners, and the listeners."""

import logging
from typing import Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.door.in_flight import InFlight
from bot.slack.door.listeners import actions, amending, asking, commands, events, strangers
from bot.slack.door.listeners.desk import Desk
from bot.slack.door.listeners.events import News
from bot.slack.door.reception import Reception
from bot.slack.homes import Homes
from bot.slack.webapi.client import Identity

NAME: Final = "pod-proxier"


def make_app(
    identity: Identity, reception: Reception, desk: Desk, told: tuple[News, Homes], in_flight: InFlight
) -> AsyncApp:
    """Build the app; ``told`` hear what Slack tells of its own accord.

    Nothing outside is asked before a delivery is acknowledged: Slack allows three seconds.

    That is why the app knows who it is; with a token it would ask Slack first. Signatures are checked by
    ``bot.slack.door.http``, before Bolt reads anything.
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=identity.team, bot_id=identity.bot_id, bot_user_id=identity.bot_user
        )

    app = AsyncApp(
        name=NAME,
        logger=_quiet_logger(),
        authorize=authorize,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )
    app.listener_runner.listener_start_handler = in_flight
    app.use(reception.enter)
    app.error(reception.fail)
    strangers.register(app, desk, identity.team)
    asking.register(app, desk)
    amending.register(app, desk)
    commands.register(app, desk)
    actions.register(app, desk)
    events.register(app, *told, identity)
    return app


def _quiet_logger() -> logging.Logger:
    """Bolt's own log, errors alone: it warns of the token in the environment, which it is right not to use."""
    logger = logging.getLogger("slack_bolt")
    logger.setLevel(logging.ERROR)
    return logger
