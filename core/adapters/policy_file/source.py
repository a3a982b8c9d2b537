"""The policy in force: the file's, read again whenever it changes; a bad one changes nothing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog

from core.adapters.policy_file.defaults import default_policy
from core.adapters.policy_file.errors import BadPolicy
from core.adapters.policy_file.reading import load_policy
from core.domain.policy import Policy
from core.watched_file import LOOK_EVERY, WatchedFile

log = structlog.get_logger(__name__)


class PolicySource:
    """Gives the policy in force; while it is entered, it looks for changes of the file.

    Attributes:
        trouble: why the file as it is now is not in force; "" while it is.

    Args:
        path: ``None``: there is no file.
        namespaces, max_ttl, v1: what is permitted without a file.
        every: how often to look.

    Raises:
        BadPolicy: the file cannot be used, and there is no earlier one to keep.
    """

    def __init__(
        self,
        path: Path | None,
        namespaces: Sequence[str],
        max_ttl: timedelta,
        *,
        v1: bool = False,
        every: timedelta = LOOK_EVERY,
    ) -> None:
        self._file = WatchedFile(path, self._take, every)
        self._policy = load_policy(path) if path else default_policy(namespaces, max_ttl, v1=v1)
        self.trouble = ""

    def __call__(self) -> Policy:
        """Return the policy in force."""
        return self._policy

    async def __aenter__(self) -> Self:
        """Begin to look for changes."""
        await self._file.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Look no more."""
        await self._file.__aexit__()

    async def _take(self, path: Path) -> None:
        try:
            self._policy = await asyncio.to_thread(load_policy, path)
        except BadPolicy as exc:
            self.trouble = f"{exc}; the one before stays in force"
            log.error("policy.refused", problem=str(exc))  # noqa: TRY400 - the trace would say nothing more
        except Exception as exc:  # a defect of ours must not end the looking: a stricter policy would never be read
            self.trouble = f"the policy {path} could not be read ({type(exc).__name__}); the one before stays in force"
            log.exception("policy.reading_broke")
        else:
            self.trouble = ""
            log.info("policy.read", path=str(path), rules=len(self._policy.rules))
