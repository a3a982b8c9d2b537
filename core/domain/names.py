"""What is remembered of every pod that might be asked for: little, for there are many."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from core.domain.pod import ContainerPort, Pod

_GLOB: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a pod beside its name; one value for the many that look alike."""

    ready: bool
    ports: tuple[ContainerPort, ...] = ()


NOBODY: Final[Mapping[str, Look]] = MappingProxyType({})


class Roll:
    """The pods of one namespace that are not over, by name. It goes on changing: read it without a pause."""

    __slots__ = ("_looks", "_names", "_text")

    def __init__(self, looks: Mapping[str, Look] = NOBODY) -> None:
        self._names = sorted(looks)
        self._looks = [looks[name] for name in self._names]
        self._text: str | None = None

    def __len__(self) -> int:
        return len(self._names)

    @property
    def names(self) -> Sequence[str]:
        """All names, sorted."""
        return self._names

    @property
    def text(self) -> str:
        """All names, sorted, with a line's end before and after each: what can be looked through at once."""
        if self._text is None:
            self._text = "\n".join(["", *self._names, ""]) if self._names else ""
        return self._text

    def look(self, name: str) -> Look:
        """Say what is known of one that is there."""
        return self._looks[bisect_left(self._names, name)]

    def put(self, name: str, look: Look) -> None:
        """Take one in, new or changed."""
        at = bisect_left(self._names, name)
        if self._is_at(at, name):
            self._looks[at] = look
            return
        self._names.insert(at, name)
        self._looks.insert(at, look)
        self._text = None

    def drop(self, name: str) -> None:
        """Forget one, if it is there."""
        at = bisect_left(self._names, name)
        if self._is_at(at, name):
            del self._names[at], self._looks[at]
            self._text = None

    def _is_at(self, at: int, name: str) -> bool:
        return at < len(self._names) and self._names[at] == name


@dataclass(frozen=True, slots=True)
class Wanted:
    """The namespaces whose pods are to be remembered, as the globs of a policy."""

    globs: frozenset[str] = frozenset()
    _covered: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, globs: Collection[str]) -> "Wanted":
        """Want those that any of these matches."""
        return cls(frozenset(globs))

    @property
    def outright(self) -> Sequence[str]:
        """Those that are named without a pattern, sorted."""
        return sorted(glob for glob in self.globs if not is_pattern(glob))

    @property
    def has_patterns(self) -> bool:
        """Whether there may be more of them than are named."""
        return any(map(is_pattern, self.globs))

    def covers(self, namespace: str) -> bool:
        """Whether a namespace of the cluster is one of them; asked for every pod there is."""
        if namespace not in self._covered:
            self._covered[namespace] = any(fnmatchcase(namespace, glob) for glob in self.globs)
        return self._covered[namespace]


def is_pattern(glob: str) -> bool:
    """Whether it may stand for several namespaces."""
    return not _GLOB.isdisjoint(glob)


def look_of(pod: Pod) -> Look | None:
    """What to remember of a pod; ``None`` for one that is over: nobody asks for it any more."""
    return None if pod.finished else Look(pod.ready, pod.ports)
