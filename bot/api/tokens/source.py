"""The tokens in force: the file's, read again whenever it changes; a bad one changes nothing."""

import asyncio
import stat
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog

from bot.api.tokens.errors import BadTokens
from bot.api.tokens.reading import load_tokens
from bot.api.tokens.token import Token, Tokens
from core.watched_file import LOOK_EVERY, WatchedFile

log = structlog.get_logger(__name__)


class TokenSource:
    """Finds whose a token is; while it is entered, it looks for changes of the file.

    Attributes:
        path: ``None``: there is no file, and nobody has a token.
        trouble: why the file as it is now is not in force; "" while it is.

    Args:
        every: how often to look.

    Raises:
        BadTokens: the file cannot be used, and there is no earlier one to keep.
    """

    def __init__(self, path: Path | None, *, every: timedelta = LOOK_EVERY) -> None:
        self._file = WatchedFile(path, self._take, every)
        self._tokens = load_tokens(path) if path else Tokens()
        self.path, self.trouble = path, ""
        if path:
            _warn_of_readers(path)

    def find(self, secret: str) -> Token | None:
        """Find whose secret it is; ``None``: nobody's."""
        return self._tokens.find(secret)

    def __len__(self) -> int:
        """Count the tokens in force."""
        return len(self._tokens.all)

    async def __aenter__(self) -> Self:
        """Begin to look for changes."""
        await self._file.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Look no more."""
        await self._file.__aexit__()

    async def _take(self, path: Path) -> None:
        try:
            self._tokens = await asyncio.to_thread(load_tokens, path)
        except BadTokens as exc:
            self.trouble = f"{exc}; those before stay in force"
            log.error("tokens.refused", problem=str(exc))  # noqa: TRY400 - a trace would show what is secret
        except Exception as exc:  # noqa: BLE001 - a defect must not end the looking: one that is revoked has to go
            self.trouble = f"the tokens {path} could not be read ({type(exc).__name__}); those before stay in force"
            log.error("tokens.reading_broke", error=type(exc).__name__)  # noqa: TRY400 - as above
        else:
            self.trouble = ""
            _warn_of_readers(path)
            log.info("tokens.read", path=str(path), tokens=len(self))


def _warn_of_readers(path: Path) -> None:
    with suppress(OSError):
        if path.stat().st_mode & stat.S_IROTH:
            log.warning("tokens.readable_by_all", path=str(path), hint=f"chmod o-r {path}")
