"""All methods there are, and one way to call them that knows nothing of HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.workspace.errors import ApiError
from bot.workspace.rates import Rates
from bot.workspace.state import State
from bot.workspace.webapi import auth, chat, conversations, users, views
from bot.workspace.webapi.access import TokenKind, authenticate
from bot.workspace.webapi.arguments import Arguments
from bot.workspace.webapi.method import Call, Handler, Method
from bot.workspace.wire import JsonObject

_METHODS: Final[Mapping[str, Method]] = {
    **auth.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **users.METHODS,
    **views.METHODS,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and the headers that tell the scopes."""

    body: JsonObject
    headers: Mapping[str, str]


class WebApi:
    """The Web API without its transport."""

    def __init__(self, state: State, rates: Rates, connections_open: Handler) -> None:
        self._state = state
        self._rates = rates
        opening = Method(connections_open, ("connections:write",), token=TokenKind.APP)
        self._methods = {**_METHODS, "apps.connections.open": opening}

    def call(self, name: str, values: Mapping[str, Any], token: str | None) -> Answer:
        """Do what the method does.

        Raises:
            ApiError: with Slack's word for what is wrong.
        """
        method = self._methods.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        caller = authenticate(self._state, token, method.token)
        caller.require(*method.scopes)
        args = Arguments(values)
        self._rates.check(name, self._channel_id(args), method.per_minute, self._state.clock.time())
        body = {"ok": True, **method.handler(Call(self._state, caller, args))}
        headers = {"x-oauth-scopes": ",".join(caller.scopes), "x-accepted-oauth-scopes": ",".join(method.scopes)}
        return Answer(body, headers)

    def _channel_id(self, args: Arguments) -> str:
        """One id for a channel, by whichever of its names it was called."""
        address = args.text("channel") or ""
        channel = self._state.channel_named(address)
        return channel.id if channel else address
