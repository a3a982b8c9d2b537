"""Secrets: where each is kept, and whether all that are needed are there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.settings.errors import BadSettings
from bot.slack.errors import SetupError
from bot.slack.settings import Transport
from bot.slack.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Kept:
    """One secret, in the environment or in a file.

    Attributes:
        name: the environment variable; with ``_FILE`` behind it, the one of the file.
    """

    name: str
    value: SecretStr | None = None
    file: Path | None = None

    @property
    def given(self) -> bool:
        """Whether it is kept anywhere."""
        return self.value is not None or self.file is not None

    @property
    def twice(self) -> str:
        """What is wrong with keeping it in two places; "" where it is not."""
        if self.value is None or self.file is None:
            return ""
        return f"{self.name} and {self.name}_FILE are both given: which one counts? Give one of them"

    def require_one(self, why: str) -> None:
        """Look whether it is kept in exactly one place.

        Raises:
            BadSettings: it is not; ``why`` says who needs it.
        """
        problem = self.twice or ("" if self.given else f"{why} {self.name}=...")
        if problem:
            raise BadSettings([problem])

    def read(self) -> SecretStr | None:
        """Read it; ``None`` where it is kept nowhere.

        Raises:
            SetupError: the file cannot be read, or holds nothing.
        """
        if self.file is None:
            return self.value
        try:
            text = self.file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            why = exc.strerror if isinstance(exc, OSError) else "it is not text"
            raise SetupError(f"{self.name}_FILE: cannot read {self.file}: {why}") from exc
        if not text:
            raise SetupError(f"{self.name}_FILE: {self.file} is empty")
        return SecretStr(text)


@dataclass(frozen=True, slots=True)
class SlackSecrets:
    """Everything Slack gave to the app, wherever it is kept."""

    bot: Kept
    app: Kept
    signing_secret: Kept

    def check(self, transport: Transport) -> None:
        """Look whether each secret that the transport needs is kept in exactly one place.

        Raises:
            BadSettings: names every one that is not.
        """
        problems = [*self._twice(), *self._missing(transport)]
        if problems:
            raise BadSettings(problems)

    def read(self) -> Tokens:
        """Read all of them now.

        Raises:
            SetupError: a file cannot be read, or holds nothing.
        """
        bot = self.bot.read()
        if bot is None:
            raise SetupError(f"{self.bot.name} is missing")
        return Tokens(bot, self.app.read(), self.signing_secret.read())

    def _twice(self) -> Iterator[str]:
        for kept in (self.bot, self.app, self.signing_secret):
            if kept.twice:
                yield kept.twice

    def _missing(self, transport: Transport) -> Iterator[str]:
        if not self.bot.given:
            yield f"Slack's bot token is missing: SLACK_BOT_TOKEN=xoxb-..., or {self.bot.name}_FILE=FILE"
        if transport is Transport.SOCKET and not self.app.given:
            yield (
                f"Socket Mode needs an app-level token: {self.app.name}=xapp-..., or {self.app.name}_FILE=FILE; "
                "or choose --slack-transport http"
            )
        if transport is Transport.HTTP and not self.signing_secret.given:
            yield (
                "--slack-transport http needs the signing secret: "
                f"{self.signing_secret.name}=..., or {self.signing_secret.name}_FILE=FILE"
            )
