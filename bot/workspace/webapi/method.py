from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.workspace.state import State
from bot.workspace.webapi.access import Caller, TokenKind
from bot.workspace.webapi.arguments import Arguments
from bot.workspace.wire import JsonObject

TIER_2: Final = 20
TIER_3: Final = 50
TIER_4: Final = 100
"""Calls a minute. https://docs.slack.dev/apis/web-api/rate-limits"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, its token already recognised."""

    state: State
    caller: Caller
    args: Arguments


Handler: TypeAlias = Callable[[Call], JsonObject]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API.

    Attributes:
        handler: does it and returns the fields of the answer but `ok`, or raises an ApiError.
        scopes: one of these must have been granted; empty where any token will do.
        per_minute: the calls a minute of its tier, or None where a special limit holds.
        token: the kind of token it takes.
    """

    handler: Handler
    scopes: Sequence[str] = ()
    per_minute: int | None = TIER_3
    token: TokenKind = TokenKind.BOT
