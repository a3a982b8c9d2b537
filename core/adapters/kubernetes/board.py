"""What is known of the followed pods, between who finds out and who wants to know."""

from collections.abc import AsyncIterator, Collection, Mapping

from core.adapters.kubernetes.news import News
from core.domain.pod import Pod
from core.domain.target import PodRef
from core.interfaces import Sighting


class Board:
    """The last known state of each followed pod, and which of them were not told yet.

    A reader that is slow misses states that did not last, never the last one; so the memory it takes is bounded by
    what is followed.
    """

    def __init__(self) -> None:
        self._followed: frozenset[PodRef] = frozenset()
        self._known: dict[PodRef, Pod | None] = {}
        self._untold: dict[PodRef, None] = {}  # a set that keeps its order
        self._news = News()

    @property
    def followed(self) -> frozenset[PodRef]:
        """The pods to report on."""
        return self._followed

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these and no others; what is known of the others is forgotten."""
        self._followed = frozenset(pods)
        self._known = {ref: pod for ref, pod in self._known.items() if ref in self._followed}
        self._untold = {ref: None for ref in self._untold if ref in self._followed}

    def knows(self, ref: PodRef) -> bool:
        """Whether a followed pod's state was ever reported."""
        return ref in self._known

    def report(self, ref: PodRef, pod: Pod | None) -> None:
        """Take in what a pod is like now; told only where it differs from what was known."""
        if ref in self._followed and not (ref in self._known and self._known[ref] == pod):
            self._known[ref] = pod
            self._tell(ref)

    def report_all(self, refs: Collection[PodRef], found: Mapping[PodRef, Pod]) -> None:
        """Take in the result of a list; all of these pods are told, changed or not."""
        for ref in self._followed.intersection(refs):
            self._known[ref] = found.get(ref)
            self._tell(ref)

    def repeat(self, refs: Collection[PodRef]) -> None:
        """Tell once more what is known of these."""
        for ref in self._followed.intersection(refs):
            if ref in self._known:
                self._tell(ref)

    def break_off(self, exc: BaseException) -> None:
        """Let the reader have an error of our own, instead of silence for ever."""
        self._news.break_off(exc)

    async def sightings(self) -> AsyncIterator[Sighting]:
        """Yield what was not told yet, for ever."""
        while True:
            while self._untold:
                ref = next(iter(self._untold))
                del self._untold[ref]
                yield Sighting(ref, self._known[ref])
            await self._news.wait()

    def _tell(self, ref: PodRef) -> None:
        self._untold[ref] = None
        self._news.tell()
