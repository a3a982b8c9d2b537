from pathlib import Path

from core.domain.errors import PodProxierError
from core.marked_yaml import Spot


class BadTokens(PodProxierError):
    """A file of tokens that cannot be used; no word of it is a token's.

    Attributes:
        spot: the first mistake's line and column; ``None`` where the file as a whole cannot be read.
        hint: what stands there when it is right.
    """

    def __init__(self, path: Path, spot: Spot | None, problem: str, *, example: str = "") -> None:
        where = f"{path}, {spot}" if spot else str(path)
        super().__init__(f"the tokens {where}: {problem}")
        self.path, self.spot, self.problem, self.hint = path, spot, problem, example
