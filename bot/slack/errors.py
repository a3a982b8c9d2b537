"""What Slack's Web API answers when it does not do what it was asked; translated once, in ``client``."""

from typing import Final

from core.domain.errors import OutsideError, PodProxierError

DEAD_TOKEN: Final = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
WRONG_SETUP: Final = frozenset(
    {"not_allowed_token_type", "link_disabled", "missing_scope", "invalid_app_id", "team_access_not_granted"}
)
"""Codes that no second try helps against: somebody has to change the app or its tokens."""


class SlackError(OutsideError):
    """Slack did not do what it was asked."""


class SlackUnreachable(SlackError):
    """No answer, or none that makes sense; what was asked may or may not have been done."""

    def __init__(self, method: str, why: str) -> None:
        super().__init__(f"Slack does not answer {method}: {why}")
        self.method = method


class SlackLimited(SlackError):
    """Too many calls.

    Attributes:
        retry_after: seconds to wait, as Slack says.
    """

    def __init__(self, method: str, retry_after: int) -> None:
        super().__init__(f"Slack limits {method}; again in {retry_after} s")
        self.method, self.retry_after = method, retry_after


class SlackRefused(SlackError):
    """Slack answered with an error code; ``code`` is Slack's own word."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refused {method}: {code}")
        self.method, self.code = method, code


class TokenDead(SlackRefused):
    """The token is not accepted any more; reading it again brought no other."""


class WrongSetup(SlackRefused):
    """The app, its tokens or its scopes are not as they have to be."""


class CannotPost(SlackRefused):
    """The channel is not there for us: archived, gone, or nobody invited the bot."""


class MessageGone(SlackRefused):
    """The message to change or to reply to is not there, or cannot be changed any more."""


class BadBlocks(SlackRefused):
    """Slack does not take the blocks of a message; a defect of ours that the lint did not find."""


class SetupError(PodProxierError):
    """The bot cannot start like this; the message says what to do."""


class UnreadableButton(PodProxierError):
    """The value of a button is none that this version writes."""

    def __init__(self) -> None:
        super().__init__("this button was drawn by another version of Pod-Proxier")
        self.hint = "use the buttons on the newest card, or /proxy list"
