"""What a figure says: rows, each with the limit or the peer that it is to be read beside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes:
        beside: the limit, or the peer that was measured in the same run, in words.
        held: whether the goal was met; ``None`` where there is none.
    """

    what: str
    measured: str
    beside: str = ""
    held: bool | None = None


Rows: TypeAlias = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much work a figure is given: all of it, or just enough to see that it runs."""

    quick: bool = False

    def pick(self, full: int, quick: int) -> int:
        """Choose a number of samples."""
        return quick if self.quick else full


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of all is not above."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(samples: Sequence[float]) -> float:
    """The middle one."""
    return percentile(samples, 0.5)


def below(what: str, seconds: float, goal: float, beside: str = "") -> Row:
    """A time that has a goal to stay under, both in seconds."""
    limit = f"under {shown(goal)}"
    return Row(what, shown(seconds), f"{limit}; {beside}" if beside else limit, held=seconds < goal)


def shown(seconds: float) -> str:
    """Write a time for people: ``1.8 ms`` or ``2.5 s``."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def mebibytes(size: int) -> str:
    """Write a size for people."""
    return f"{size / 2**20:.0f} MiB"
