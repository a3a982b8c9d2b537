import time


class Clock:
    """The time in the workspace: the wall's, which a test may push forward.

    Pushing it expires trigger ids, response URLs and signatures without waiting for them.
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let that many seconds have passed."""
        self._ahead += seconds
