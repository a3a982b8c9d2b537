"""Bearer tokens of the REST API: a file of them, read again whenever it changes."""

from bot.api.tokens.errors import BadTokens
from bot.api.tokens.source import TokenSource
from bot.api.tokens.token import Scope, Token, Tokens

__all__ = ["BadTokens", "Scope", "Token", "TokenSource", "Tokens"]
