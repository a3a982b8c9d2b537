"""Who calls, by a bearer token; an address is looked at elsewhere, and a header that names one nowhere."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from starlette.requests import Request

from bot.api.errors import ScopeMissing, TokenMissing, TokenUnknown, Unknown, WorkspaceUnknown
from bot.api.tokens import Scope, Token
from core.domain.people import Client, Person, Requester, TeamId
from core.services.access import Who

log = structlog.get_logger(__name__)


def note_turned_away(request: Request, error: Unknown) -> None:
    """Have the log tell from where somebody came whom nobody knows."""
    address = request.client.host if request.client else None
    log.warning("rest.turned_away", client=address, path=request.url.path, error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls, and what for they may."""

    who: Requester
    scopes: frozenset[Scope]

    def need(self, scope: Scope, what: str = "this") -> None:
        """Check that they may.

        Raises:
            ScopeMissing: they may not.
        """
        if scope not in self.scopes:
            raise ScopeMissing(scope, what)

    @property
    def acting(self) -> Who:
        """Them, as the verbs know whoever acts; whoever gave the token the scope ``operate`` vouches for it."""
        return Who(self.who, operator=Scope.OPERATE in self.scopes)


class Callers:
    """Knows people and programs by their tokens.

    Args:
        find: whose a token is, of those in force.
        team: the workspace that we belong to, once that is known.
    """

    def __init__(self, find: Callable[[str], Token | None], team: Callable[[], TeamId | None]) -> None:
        self._find, self._team = find, team

    def known(self, authorization: str | None) -> Caller:
        """Find who it is, by an ``Authorization`` header.

        Raises:
            Unknown: there is no bearer token, or it is nobody's.
            WorkspaceUnknown: it is a person's, and nobody knows yet of which workspace.
        """
        kind, _, secret = (authorization or "").strip().partition(" ")
        if kind.lower() != "bearer":
            raise TokenMissing
        token = self._find(secret.strip())
        if token is None:
            raise TokenUnknown
        return Caller(self._who(token), token.scopes)

    def _who(self, token: Token) -> Requester:
        if token.user is None:
            return Client(token.name)
        team = self._team()
        if team is None:
            raise WorkspaceUnknown
        return Person(team, token.user)
