"""Before the bot starts: whether its tokens are of the right kind, accepted, and of one workspace."""

from collections.abc import Mapping
from typing import Final

from bot.slack.errors import SetupError, SlackRefused, TokenDead, WrongSetup
from bot.slack.settings import Transport
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Identity, Slack

BOT: Final = "SLACK_BOT_TOKEN"
APP: Final = "SLACK_APP_TOKEN"

_PREFIX: Final[Mapping[str, str]] = {BOT: "xoxb-", APP: "xapp-"}
_ROTATING: Final = "xoxe"
_WHERE: Final[Mapping[str, str]] = {
    BOT: "it stands in the app's settings under OAuth & Permissions",
    APP: "make one with the scope connections:write in the app's settings under Basic Information",
}
_CURES: Final[Mapping[str, str]] = {
    "account_inactive": "the app's account was deactivated: install the app again",
    "link_disabled": "turn Socket Mode on in the app's settings, or choose --slack-transport http",
    "not_allowed_token_type": "this is another kind of token",
    "team_access_not_granted": "install the app in this workspace",
    "token_expired": "it has expired: turn token rotation off and install the app again",
    "token_revoked": "it was revoked: install the app again and use the new one",
}


async def preflight(slack: Slack, transport: Transport) -> Identity:
    """Try what the bot cannot do without; in Socket Mode that is a new connection, which is given up again.

    Raises:
        SetupError: the bot cannot run like this; says what to do.
        SlackUnreachable, SlackLimited: Slack could not say.
    """
    check_tokens(slack.credentials, transport)
    identity = await _identity(slack)
    if transport is Transport.SOCKET:
        try:
            await slack.open_connection()
        except SlackRefused as exc:
            raise _cannot(APP, exc) from exc
    return identity


def check_tokens(credentials: Credentials, transport: Transport) -> None:
    """Look at the tokens without asking Slack.

    Raises:
        SetupError: one is missing, or of another kind.
    """
    _check_kind(BOT, credentials.bot)
    if transport is Transport.SOCKET:
        _check_kind(APP, credentials.app)
    elif not credentials.signing_secret:
        raise SetupError("signed HTTP needs SLACK_SIGNING_SECRET")


def _check_kind(name: str, token: str) -> None:
    if token.startswith(_ROTATING):
        raise SetupError(f"{name} is a rotating token, which Pod-Proxier does not renew: turn token rotation off")
    if not token.startswith(_PREFIX[name]):
        raise SetupError(f"{name} has to begin with {_PREFIX[name]}; {_WHERE[name]}")


async def _identity(slack: Slack) -> Identity:
    try:
        identity = await slack.identity()
    except SlackRefused as exc:
        raise _cannot(BOT, exc) from exc
    if identity.org_wide or not identity.team:
        raise SetupError(
            "the app is installed for a whole organisation, and Pod-Proxier serves one workspace: "
            "install it in that workspace alone"
        )
    return identity


def _cannot(name: str, refused: SlackRefused) -> SetupError:
    cure = _CURES.get(refused.code) or refused.hint or _WHERE[name]
    if isinstance(refused, TokenDead | WrongSetup):
        return SetupError(f"Slack does not accept {name} ({refused.code}): {cure}")
    return SetupError(f"Slack refuses {refused.method} ({refused.code}) with {name}: {cure}")
