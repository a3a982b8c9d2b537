"""Statements that are made once, and run on SQLite without SQLAlchemy's machinery.

SQLAlchemy writes the SQL, and converts values both ways. What it does to run a statement (contexts, cursors, results,
greenlets) costs several times what SQLite takes, and an approval runs a dozen: this halves what it costs.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite.aiosqlite import dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

Values: TypeAlias = Mapping[str, object]
Row: TypeAlias = Any
"""A named tuple on SQLite, SQLAlchemy's own elsewhere; its columns are attributes."""

_Convert: TypeAlias = Callable[[Any], Any]
_DIALECT: Final = dialect()


class Statement:
    """A statement that lasts; its values come with each execution.

    Attributes:
        executable: for SQLAlchemy.
    """

    def __init__(self, executable: Executable) -> None:
        self.executable = executable
        self._prepared: dict[frozenset[str], Prepared] = {}

    def prepared(self, names: Iterable[str]) -> "Prepared":
        """Give the statement as SQLite takes it, with values of these names."""
        key = frozenset(names)
        if key not in self._prepared:
            self._prepared[key] = _prepare(self.executable, sorted(key))
        return self._prepared[key]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled statement."""

    sql: str
    parameters: Sequence[tuple[str, object, _Convert | None]]
    columns: Sequence[_Convert | None]
    make_row: Callable[[Iterable[Any]], Row]

    def bind(self, values: Values) -> tuple[object, ...]:
        """Put values into the order and the form that SQLite takes; what the statement brings along fills the rest."""
        return tuple(
            convert(values.get(name, fixed)) if convert else values.get(name, fixed)
            for name, fixed, convert in self.parameters
        )

    def rows(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Read rows."""
        columns, make_row = self.columns, self.make_row
        return [
            make_row([convert(value) if convert else value for convert, value in zip(columns, one, strict=True)])
            for one in found
        ]


def _prepare(executable: Executable, names: Sequence[str]) -> Prepared:
    if not isinstance(executable, ClauseElement):
        raise TypeError(f"{executable!r} cannot be compiled")
    compiled: Any = executable.compile(dialect=_DIALECT, column_keys=list(names))
    parameters = [
        (name, compiled.params.get(name), _binding(compiled.binds[name].type)) for name in compiled.positiontup or ()
    ]
    columns: Any = getattr(executable, "exported_columns", ())
    keys = [column.key for column in columns]
    row: Any = namedtuple("Row", keys)  # type: ignore[misc]  # noqa: PYI024 - the columns are known only now
    return Prepared(compiled.string, parameters, [_reading(column.type) for column in columns], row._make)


def _binding(kind: TypeEngine[Any]) -> _Convert | None:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _reading(kind: TypeEngine[Any]) -> _Convert | None:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
