"""Which pods somebody means by what they typed so far, found among tens of thousands in milliseconds.

So nothing is compared pod by pod: each way to meet a word is something to look for in the text of all names at once,
the best way first, and the looking ends where there is enough.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self, TypeAlias

from core.domain.names import Look, Roll
from core.domain.target import PodRef

_MOST_WORDS: Final = 6
_LOOKED_AT: Final = 2000
"""Pods met in the same way among which the ready ones are looked for."""

Place: TypeAlias = tuple[str, Roll]
"""A namespace, and the pods in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A pod that may be meant."""

    ref: PodRef
    look: Look


@dataclass(frozen=True, slots=True)
class Word:
    """One word of what was typed; ``pay/ap`` means pods with ``ap`` in a namespace that begins with ``pay``.

    Attributes:
        namespace: what stands before the slash; ``None`` where there is none.
    """

    name: str
    namespace: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """Read one; a port behind it is not looked at."""
        namespace, slash, name = text.partition(":")[0].partition("/")
        return cls(name, namespace) if slash else cls(namespace)

    def may_be_in(self, namespace: str) -> bool:
        """Whether a namespace may be meant by it."""
        return self.namespace is None or namespace.startswith(self.namespace)

    def meets(self, namespace: str, name: str) -> bool:
        """Whether a pod may be meant by it."""
        return self.may_be_in(namespace) and (self.name in name or self.meets_all_of(namespace))

    def meets_all_of(self, namespace: str) -> bool:
        """Whether all pods of a namespace, in which it may be, are met by it."""
        return self.namespace is None and self.name in namespace

    def ways(self, namespace: str) -> tuple[str | None, ...]:
        """What to look for in the text of a namespace's names, in the order of how well it meets; ``None``: nothing.

        That is the whole name, its beginning, the beginning of the namespace, that of a part of the name, and anything.
        """
        word, everything = self.name, "\n"
        by_namespace = self.namespace is None and namespace.startswith(word)
        anywhere = everything if self.meets_all_of(namespace) else word
        return f"\n{word}\n", f"\n{word}", everything if by_namespace else None, f"-{word}", anywhere


_WAYS: Final = range(5)


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed.

    Attributes:
        main: the word that says most: how well it is met decides about the order.
        others: are met by the pod's name or its namespace's as well.
    """

    main: Word
    others: tuple[Word, ...] = ()

    @classmethod
    def of(cls, typed: str) -> Self:
        """Read it; case does not matter."""
        words = [Word.of(text) for text in typed.lower().split()[:_MOST_WORDS]] or [Word("")]
        main = max(words, key=lambda word: len(word.name))
        return cls(main, tuple(word for word in words if word is not main))

    @property
    def words(self) -> tuple[Word, ...]:
        """All of them."""
        return self.main, *self.others

    def may_be_in(self, namespace: str) -> bool:
        """Whether pods of a namespace may be meant."""
        return all(word.may_be_in(namespace) for word in self.words)

    @property
    def typed_out(self) -> frozenset[str]:
        """The namespaces that may have been typed in full."""
        return frozenset(word.namespace for word in self.words if word.namespace)

    def may_meet(self, namespace: str, roll: Roll) -> bool:
        """Whether pods of a namespace may be met."""
        return self.may_be_in(namespace) and all(
            word.name in roll.text or word.meets_all_of(namespace) for word in self.words
        )


def find(query: Query, places: Iterable[Place], most: int) -> Sequence[Found]:
    """Find at most so many pods: those that are met best first, of them the ready ones, then by namespace and name.

    ``places`` are sorted by namespace.
    """
    relevant = [(namespace, roll) for namespace, roll in places if query.may_meet(namespace, roll)]
    found: dict[PodRef, Found] = {}
    for way in _WAYS:
        fresh = (each for each in _met(query, way, relevant) if each.ref not in found)
        found |= {each.ref: each for each in _ready_first(islice(fresh, _LOOKED_AT), most)}
        if len(found) >= most:
            break
    return list(found.values())[:most]


def _met(query: Query, way: int, places: Iterable[Place]) -> Iterator[Found]:
    for namespace, roll in places:
        sought = query.main.ways(namespace)[way]
        for name in _lines_with(sought, roll.text) if sought else ():
            if all(word.meets(namespace, name) for word in query.others):
                yield Found(PodRef(namespace, name), roll.look(name))


def _lines_with(sought: str, text: str) -> Iterator[str]:
    """Yield the lines in which something is, or at whose beginning, by a line's end before it."""
    last = len(text) - 1
    at = text.find(sought)
    while 0 <= at < last:
        start = text.rfind("\n", 0, at + 1) + 1
        end = text.index("\n", start)
        yield text[start:end]
        at = text.find(sought, end)


def _ready_first(found: Iterable[Found], most: int) -> Sequence[Found]:
    ready: list[Found] = []
    others: list[Found] = []
    for each in found:
        (ready if each.look.ready else others).append(each)
        if len(ready) >= most:
            break
    return [*ready, *others][:most]
