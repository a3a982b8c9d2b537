"""What is remembered of pods' names, between who finds out and who wants to know."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from core.domain.names import Look, Roll, Wanted
from core.domain.target import PodRef

log = structlog.get_logger(__name__)

LASTING: Final = timedelta(hours=1)
"""So long after the last question everything is forgotten: who is asked nothing costs nothing."""
MOST: Final = 150_000
"""Pods that are remembered; Kubernetes is made for no more in one cluster (its "Considerations for large clusters")."""

Seen: TypeAlias = tuple[PodRef, Look]


class NameBoard:
    """The last known pods of the wanted namespaces, each namespace whole or not at all; bounded.

    Args:
        lasting: how long anything is remembered after it was wanted last.
        most: how many pods; a namespace for which there is no room is not remembered.

    Attributes:
        let_go: called when everything was forgotten because nobody wanted it any more.
    """

    def __init__(self, lasting: timedelta = LASTING, most: int = MOST) -> None:
        self._lasting, self._most = lasting.total_seconds(), most
        self._timer: asyncio.TimerHandle | None = None
        self._rolls: dict[str, Roll] = {}
        self._pods = 0
        self._without_room: set[str] = set()
        self._whole = False  # the whole cluster was read, so that what is not here is empty
        self.wanted = Wanted()
        self.let_go: Callable[[], None] = lambda: None

    # -- who wants to know --------------------------------------------------------------------------------------------

    def want(self, globs: Collection[str]) -> None:
        """Remember the pods of the namespaces that these match, and no others, for as long as that lasts."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._lasting, self._let_go) if globs else None
        if self.wanted.globs != frozenset(globs):
            self.wanted = Wanted.of(globs)
            self._whole = False
            self._rolls = {name: roll for name, roll in self._rolls.items() if self.wanted.covers(name)}
            self._without_room.clear()
            self._count()

    def known(self) -> Collection[str]:
        """List the namespaces whose pods are remembered."""
        return self._rolls.keys()

    def roll(self, namespace: str) -> Roll | None:
        """Return a namespace's pods; ``None`` where they are not remembered."""
        empty = self._whole and namespace not in self._without_room and self.wanted.covers(namespace)
        return self._rolls.get(namespace, Roll() if empty else None)

    # -- who finds out ------------------------------------------------------------------------------------------------

    def room_for(self, namespace: str) -> int:
        """Say how many pods of a namespace there is room for, beside those of all others."""
        return self._most - self._pods + len(self._rolls.get(namespace, ()))

    @property
    def most(self) -> int:
        """How many pods there is room for at all."""
        return self._most

    def report(self, ref: PodRef, look: Look | None) -> None:
        """Take in what a pod is like now; ``None``: it is over. Nothing is taken in of what was not read in full."""
        roll = self.roll(ref.namespace)
        if roll is None:
            return
        before = len(roll)
        if look is None:
            roll.drop(ref.name)
        else:
            self._rolls[ref.namespace] = roll
            roll.put(ref.name, look)
        self._pods += len(roll) - before
        if self._pods > self._most:
            self._leave_out({ref.namespace})

    def report_all(self, namespace: str, found: Iterable[Seen], *, fits: bool = True) -> None:
        """Take in all there are in a namespace, unless there is no room for them."""
        if self.wanted.covers(namespace):
            self._without_room.discard(namespace)
            self._rolls[namespace] = Roll({ref.name: look for ref, look in found})
            self._leave_out(() if fits else {namespace})

    def report_everything(self, found: Iterable[Seen], without_room: Collection[str] = ()) -> None:
        """Take in all there are in the cluster, but for the namespaces for which there is no room."""
        by_namespace: defaultdict[str, dict[str, Look]] = defaultdict(dict)
        for ref, look in found:
            if self.wanted.covers(ref.namespace):
                by_namespace[ref.namespace][ref.name] = look
        self._rolls = {name: Roll(pods) for name, pods in by_namespace.items()}
        self._whole = True
        self._without_room.clear()
        self._leave_out(without_room)

    def forget(self, namespace: str) -> None:
        """Remember a namespace no longer: nobody reports on it."""
        self._rolls.pop(namespace, None)
        self._count()

    def forget_all_but(self, namespaces: Collection[str]) -> None:
        """Remember no others: nobody reports on the cluster as a whole."""
        self._whole = False
        self._rolls = {name: roll for name, roll in self._rolls.items() if name in namespaces}
        self._count()

    def _leave_out(self, namespaces: Collection[str]) -> None:
        for name in namespaces:
            self._rolls.pop(name, None)
            log.warning("names.no_room", namespace=name, most=self._most)
        self._without_room.update(namespaces)
        self._count()

    def _count(self) -> None:
        self._pods = sum(map(len, self._rolls.values()))

    def _let_go(self) -> None:
        log.info("names.let_go", pods=self._pods)
        self.want(())
        self.let_go()
