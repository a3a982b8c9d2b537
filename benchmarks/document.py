"""``docs/benchmarks.md``: one section for each figure, each replaced by the next run of its figure."""

import inspect
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Final

from benchmarks.rows import Row, Rows

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"

_INTRODUCTION: Final = """\
# Benchmarks

Written by `make bench`, each section by the latest run of its figure (`python -m benchmarks --only NAME`). Machines
differ, and so do two runs on one of them: read each figure beside its limit, or beside its peer from the same run.
"""
_SECTION: Final = re.compile(r"<!-- (\w+) -->\n(.*?)(?=\n<!-- \w+ -->|\Z)", re.DOTALL)
_VERDICT: Final = {True: "yes", False: "**no**", None: ""}


def section(module: ModuleType, rows: Rows, machine: str) -> str:
    """Tell one figure: its title and how it is measured, from the module's docstring, and its rows."""
    title, _, how = (inspect.getdoc(module) or "").partition("\n")
    table = ["| what | measured | beside | goal met |", "|---|---|---|---|", *map(_line, rows)]
    when = datetime.now(UTC).date().isoformat()
    return "\n".join([f"## {title.rstrip('.')}", "", how.strip(), "", *table, "", f"{when}, {machine}.", ""])


def _line(row: Row) -> str:
    return f"| {row.what} | {row.measured} | {row.beside} | {_VERDICT[row.held]} |"


def written(before: str, fresh: Mapping[str, str], order: Mapping[str, object]) -> str:
    """Put fresh sections into the document, and keep the others."""
    sections = {**dict(_SECTION.findall(before)), **fresh}
    parts = [f"<!-- {name} -->\n{sections[name].strip()}\n" for name in order if name in sections]
    return "\n".join([_INTRODUCTION, *parts])
