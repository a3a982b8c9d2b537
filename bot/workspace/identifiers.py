"""Ids in the shapes Slack gives them; counted, so that two runs of one story look alike."""

import secrets
from collections import Counter

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_DIGITS = 8


class Mint:
    """Makes ids that are used once in a workspace."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._last_moment = 0

    def id(self, prefix: str) -> str:
        """An object id: `U00000001` for a user, `C...` for a channel, `V...` for a view."""
        return prefix + _base36(self._next(prefix)).rjust(_ID_DIGITS, "0")

    def timestamp(self, now: float) -> str:
        """A message's `ts`: seconds with six decimals, never the same twice, always rising."""
        self._last_moment = max(int(now * 1_000_000), self._last_moment + 1)
        return f"{self._last_moment // 1_000_000}.{self._last_moment % 1_000_000:06d}"

    def trigger(self) -> str:
        """A trigger id: two numbers and a secret."""
        return f"{self._next('trigger')}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"

    def short(self) -> str:
        """A block or action id as Slack fills it in where an app gave none."""
        return secrets.token_urlsafe(4)

    def _next(self, of: str) -> int:
        self._counted[of] += 1
        return self._counted[of]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits
