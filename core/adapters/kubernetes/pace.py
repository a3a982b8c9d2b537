from dataclasses import dataclass
from random import SystemRandom
from typing import Final

_RANDOM: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class Pace:
    """How a watch spends its time; all in seconds.

    Attributes:
        watch: between which two a watch is asked to last; each draws its own, so that they do not all end at once.
        grace: how much longer a server may take to end it before the connection counts as hung.
        short: a watch that ended sooner than this failed, whatever it said: the next one waits.
        first_pause: after the first failure; each further one doubles it.
        longest_pause: and no longer than this.
        resumes: how many failures in a row are met by going on from the last event before everything is listed anew.
        relist: how long events alone are trusted: after it everything is listed anew, though nothing failed.
    """

    watch: tuple[float, float] = (40.0, 80.0)
    grace: float = 5.0
    short: float = 2.0
    first_pause: float = 0.5
    longest_pause: float = 10.0
    resumes: int = 2
    relist: float = 600.0

    def lifetime(self, since_list: float = 0.0) -> int:
        """Draw how long the next watch is to last, so long after the last list; the API takes whole seconds."""
        return max(1, round(min(_RANDOM.uniform(*self.watch), self.relist - since_list)))

    def pause(self, failures: int) -> float:
        """Draw a pause after so many failures in a row: from half of the full one to all of it."""
        full = min(self.longest_pause, self.first_pause * 2.0 ** min(failures - 1, 30))
        return _RANDOM.uniform(full / 2, full)


USUAL: Final = Pace()
"""What suits a real cluster."""
