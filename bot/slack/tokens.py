"""Slack's secrets: read from wherever they are kept, and read again when one of them dies."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import structlog
from pydantic import SecretStr

from bot.slack.errors import SetupError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Slack gave to the app.

    Attributes:
        bot: ``xoxb-...``.
        app: ``xapp-...``, with ``connections:write``; for Socket Mode.
        signing_secret: for signed HTTP.
    """

    bot: SecretStr
    app: SecretStr | None = None
    signing_secret: SecretStr | None = None


TokenSource: TypeAlias = Callable[[], Tokens]
"""Reads the tokens, files included; called again when one of them is not accepted any more."""


class Credentials:
    """The tokens in use.

    Attributes:
        dead: Slack's word for why a token is not accepted; "" while all is well.
    """

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._tokens = source()
        self.dead = ""

    @property
    def bot(self) -> str:
        """The bot token."""
        return self._tokens.bot.get_secret_value()

    @property
    def app(self) -> str:
        """The app-level token.

        Raises:
            SetupError: there is none.
        """
        return _needed(self._tokens.app, "SLACK_APP_TOKEN", "Socket Mode")

    @property
    def signing_secret(self) -> str:
        """What Slack signs its requests with.

        Raises:
            SetupError: there is none.
        """
        return _needed(self._tokens.signing_secret, "SLACK_SIGNING_SECRET", "signed HTTP")

    async def reread(self) -> bool:
        """Read everything again; whether anything is new."""
        fresh = await asyncio.to_thread(self._source)
        changed = fresh != self._tokens
        self._tokens = fresh
        if changed:
            log.info("slack.tokens_reread")
        return changed


def _needed(secret: SecretStr | None, name: str, use: str) -> str:
    if secret is None or not secret.get_secret_value().strip():
        raise SetupError(f"{use} needs {name} (or {name}_FILE)")
    return secret.get_secret_value()
