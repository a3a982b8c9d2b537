"""From an answer that says no to the error that says it to a person (RFC 9457, problem details)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import httpx
import msgspec

from bot.client.errors import (
    TOKENS,
    ClientError,
    Conflict,
    Declined,
    Forbidden,
    NoApiThere,
    NotFound,
    ServerTrouble,
    Unauthorized,
    Unreadable,
)

_KINDS: Final[Mapping[int, type[Declined]]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.UNPROCESSABLE_ENTITY: Unreadable,
}
_URN: Final = "urn:pod-proxier:problem:"
_HINTS: Final[Mapping[str, str]] = {
    "no-such-mapping": "pod-proxier list --all-states shows those there are",
    "source-required": "say from where: --from 10.1.2.3",
    "no-source-by-ipv4": "say from where: --from 10.1.2.3",
    "port-unclear": "add a port behind the name, by number or by name: payments/api-0:5005",
    "key-reused": "leave --key out, or use another",
}
"""What works on this command line, where the server's own hint is for another door."""
_LATER: Final = "trying again in a moment may help"


class Problem(msgspec.Struct, frozen=True):
    """The body of an answer that says no, as far as we look at it."""

    type: str = ""
    title: str = ""
    detail: str = ""
    hint: str = ""
    example: str = ""

    @property
    def kind(self) -> str:
        """The name of the server's error; "" where it has none."""
        return self.type.removeprefix(_URN) if self.type.startswith(_URN) else ""

    @property
    def advice(self) -> str:
        """What would work, on this command line."""
        said = self.hint or (f"for example {self.example}" if self.example else "")
        return _HINTS.get(self.kind, "" if said.startswith("/proxy") else said)


def error_in(response: httpx.Response, *, with_token: bool) -> ClientError:
    """Translate an answer that is no success.

    Args:
        response: read already.
        with_token: whether a token was sent.
    """
    problem, status = _problem_in(response), response.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(problem or Problem(), with_token=with_token)
    if problem is None:
        return _from_elsewhere(response)
    if response.is_server_error:
        return ServerTrouble(_sentence(problem, status), problem.advice or _LATER, problem.kind)
    return _KINDS.get(status, Declined)(_sentence(problem, status), problem.advice, problem.kind)


def _problem_in(response: httpx.Response) -> Problem | None:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        return None


def _sentence(problem: Problem, status: int) -> str:
    return problem.detail or problem.title or f"the server answers {status}"


def _unauthorized(problem: Problem, *, with_token: bool) -> Unauthorized:
    if with_token:
        return Unauthorized("the server does not accept this token (401)", "an operator gives out others", problem.kind)
    return Unauthorized("the server wants to know who asks, and no token was given (401)", TOKENS, problem.kind)


def _from_elsewhere(response: httpx.Response) -> ClientError:
    """Read an answer that somebody else gave: a proxy in front of it, or another program."""
    url = f"{response.request.url.copy_with(path='/', query=None)}".rstrip("/")
    what = f"{response.status_code} {response.reason_phrase}".strip()
    if response.is_server_error:
        return ServerTrouble(f"{url} answers {what}", _LATER)
    if response.is_redirect:
        what += f" to {response.headers.get('location', 'nowhere')}"
    return NoApiThere(url, what)
