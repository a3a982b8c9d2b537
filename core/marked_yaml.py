"""YAML as somebody wrote it, and where in the file each part of it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml

Place: TypeAlias = tuple[int | str, ...]
"""The way into a document: keys of mappings and places in lists."""

_KEPT: Final = frozenset({"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"})
_MADE: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("null", "str", "seq", "map"))


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A line and a column of a file, both counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class BadYaml(ValueError):
    """A text that is not YAML, or that says one thing twice.

    Attributes:
        spot: ``None`` where the text as a whole cannot be read.
    """

    def __init__(self, problem: str, spot: Spot | None = None) -> None:
        super().__init__(problem)
        self.problem, self.spot = problem, spot


class _TextLoader(yaml.SafeLoader):
    """Leaves scalars as they are written: ``no`` is not false, ``1:30`` is not 90, and a date is its text."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# Nor does a tag make anything else of them: ``!!int x`` would raise whatever Python's ``int`` raises.
_TextLoader.yaml_constructors = {
    tag: construct for tag, construct in yaml.SafeLoader.yaml_constructors.items() if tag is None or tag in _MADE
}


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says; every scalar is a ``str``, or ``None`` where nothing is written.

    Attributes:
        value: ``None`` where the text holds nothing but comments.
    """

    value: object
    _root: yaml.Node | None = field(repr=False, default=None)

    def spot(self, place: Place) -> Spot | None:
        """Find the innermost part of a place that is there; of a pair, its key."""
        node = self._root
        if node is None:
            return None
        mark = node.start_mark
        for step in place:
            inner = _inner(node, step)
            if inner is None:
                break
            mark, node = inner
        return _spot(mark)


def read_yaml(text: str) -> Document:
    """Read one document.

    Raises:
        BadYaml: says where, as far as that is known.
    """
    try:
        loader = _TextLoader(text)
        root = loader.get_single_node()
        _refuse_twins(root)
        return Document(loader.construct_document(root) if root else None, root)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise BadYaml(str(exc.problem or exc.context), _spot(mark) if mark else None) from exc
    except yaml.YAMLError as exc:  # characters that no YAML may hold
        raise BadYaml(" ".join(str(exc).split())) from exc
    except RecursionError as exc:
        raise BadYaml("it is nested too deeply") from exc


def _refuse_twins(root: yaml.Node | None) -> None:
    for mapping in _mappings(root):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise BadYaml(f"{key.value!r} is there twice", _spot(key.start_mark))
            seen.add(str(key.value))


def _mappings(root: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Every mapping of a document, each once, however often it is referred to."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _inner(node: yaml.Node, step: int | str) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark, item
    if isinstance(node, yaml.MappingNode):
        pairs = reversed(node.value)  # what a merge brought in comes first, and what overrides it later
        return next(((key.start_mark, value) for key, value in pairs if key.value == step), None)
    return None


def _spot(mark: yaml.Mark) -> Spot:
    return Spot(mark.line + 1, mark.column + 1)
