"""Several bots, one folder, one HAProxy: who looks after it, and whether anybody else is there.

Both are locks of ``flock(2)``, which the kernel takes back when a bot dies, however it dies. HAProxy does not inherit
them: Python opens files so that a program that is started does not.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core.adapters.haproxy.files import PRIVATE_FILE
from core.domain.errors import GatewayCannotStart

OWNER: Final = "owner.lock"
USERS: Final = "users.lock"
_ELSEWHERE: Final = "choose a --state-dir on a disk of this machine"


class Claims:
    """One bot's part in the HAProxy of a folder; a context manager, entered once.

    The owner is the bot that was there first: it alone starts HAProxy and replaces it. The others use it, and one of
    them becomes the owner when that one is gone. So two that run different versions never fight over it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = self._users = -1
        self._owns = False

    def __enter__(self) -> Self:
        self._owner, self._users = (_opened(self._folder / name) for name in (OWNER, USERS))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._owner, self._users):
            os.close(file)
        self._owns = False

    def join(self) -> bool:
        """Be one of those that use it; ``False`` while the last one before us is stopping it."""
        return _locked(self._users, fcntl.LOCK_SH)

    def owns(self) -> bool:
        """Whether it is ours to look after; from the first ``True`` on until we leave."""
        self._owns = self._owns or _locked(self._owner, fcntl.LOCK_EX)
        return self._owns

    def alone(self) -> bool:
        """Whether nobody else uses it; if so, nobody can join before we leave. Ends our own use if not: ask last."""
        return _locked(self._users, fcntl.LOCK_EX)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    except OSError as exc:
        raise GatewayCannotStart(f"{path}: {exc.strerror}", hint=_ELSEWHERE) from exc


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as exc:
        raise GatewayCannotStart(f"no lock can be had in its folder: {exc.strerror}", hint=_ELSEWHERE) from exc
    return True
