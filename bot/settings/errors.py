from collections.abc import Sequence

from core.domain.errors import PodProxierError


class BadSettings(PodProxierError):
    """Settings that cannot be used; each problem names where the value came from and shows one that is right."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
