"""Who calls: the token, its kind, and what it was granted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.workspace.errors import ApiError
from bot.workspace.state import State


class TokenKind(StrEnum):
    """The kinds of tokens the app has."""

    NONE = "none"
    BOT = "bot"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Caller:
    """A token that was recognised."""

    kind: TokenKind
    scopes: Sequence[str] = ()

    def require(self, *any_of: str) -> None:
        """Insist on one of these scopes, where there are any.

        Raises:
            ApiError: none of them was granted.
        """
        if any_of and not set(any_of) & set(self.scopes):
            raise ApiError("missing_scope", needed=",".join(any_of), provided=",".join(self.scopes))


def authenticate(state: State, token: str | None, wanted: TokenKind) -> Caller:
    """Recognise the token of a call.

    Raises:
        ApiError: there is none, nobody knows it, it was revoked, or it is of the wrong kind.
    """
    if wanted is TokenKind.NONE:
        return Caller(TokenKind.NONE)
    if not token:
        raise ApiError("not_authed")
    if token in state.revoked:
        raise ApiError("token_revoked")
    callers = {
        state.bot_token: Caller(TokenKind.BOT, state.settings.scopes),
        state.app_token: Caller(TokenKind.APP, state.settings.app_scopes),
    }
    caller = callers.get(token)
    if caller is None:
        raise ApiError("invalid_auth")
    if caller.kind is not wanted:
        raise ApiError("not_allowed_token_type")
    return caller
