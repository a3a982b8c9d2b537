"""What a client can meet, each with its exit code; translated once, in ``problems`` and ``connection``."""

from typing import Final

from bot.client.exits import Exit
from core.domain.errors import BadInput, PodProxierError

TOKENS: Final = "--token-file FILE, POD_PROXIER_TOKEN_FILE or POD_PROXIER_TOKEN"


class ClientError(PodProxierError):
    """Root of what goes wrong on this side of the API."""

    exit = Exit.FAILED


def exit_of(error: PodProxierError) -> Exit:
    """Say how the program ends by an error."""
    if isinstance(error, BadInput):
        return Exit.USAGE
    return error.exit if isinstance(error, ClientError) else Exit.FAILED


class BadSetting(ClientError):
    """The server or the token is not given as it has to be; never holds the token."""

    exit = Exit.USAGE

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.hint = hint


class ServerAway(ClientError):
    """No connection, or no answer within the deadline."""

    def __init__(self, url: str, why: str, hint: str = "") -> None:
        super().__init__(f"{url} does not answer: {why}")
        self.hint = hint or "does the bot run there? --server URL or POD_PROXIER_SERVER names another"


class NoApiThere(ClientError):
    """Something answers, and it is no Pod-Proxier with this API."""

    def __init__(self, url: str, what: str) -> None:
        super().__init__(f"{url} answers {what}, as no Pod-Proxier with REST v2 does")
        self.hint = "is that the bot's own port (--listen-port)? --server URL or POD_PROXIER_SERVER names another"


class StrangeAnswer(ClientError):
    """The server's answer is not what this client knows."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the server's answer cannot be read: {why}")
        self.hint = "another version may run there: pod-proxier --version tells ours"


# -- answers that say no ----------------------------------------------------------------------------------------------


class Declined(ClientError):
    """The server understood, and says no; ``kind`` is the name of its error."""

    exit = Exit.REFUSED

    def __init__(self, detail: str, hint: str = "", kind: str = "") -> None:
        super().__init__(detail)
        self.hint, self.kind = hint, kind


class Unauthorized(Declined):
    """There is no token, or none that the server knows (401)."""


class Forbidden(Declined):
    """The token's scopes or the policy do not allow it (403)."""


class NotFound(Declined):
    """There is no such mapping (404)."""


class Conflict(Declined):
    """Not in this state, or not any more (409)."""


class Unreadable(Declined):
    """The server cannot read what was typed (422)."""

    exit = Exit.USAGE


class ServerTrouble(Declined):
    """The server cannot do it now (5xx)."""

    exit = Exit.FAILED


# -- how waiting can end ----------------------------------------------------------------------------------------------


class CameToNothing(ClientError):
    """What was waited for will never be open."""

    exit = Exit.REFUSED


class StillWaiting(ClientError):
    """The time to wait is over, and the request stands."""

    exit = Exit.WAITING

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        self.hint = f"it goes on: pod-proxier show {name} tells how it stands, pod-proxier close {name} takes it back"
