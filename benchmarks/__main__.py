"""Measure, print, and write ``docs/benchmarks.md``: ``python -m benchmarks [--only NAME]... [--quick]``."""

import argparse
import asyncio
import importlib
from types import ModuleType
from typing import Final

import structlog

from benchmarks.document import DOCUMENT, section, written
from benchmarks.machine import description, pace
from benchmarks.rows import Row, Rows, Scale

NAMES: Final = (
    "activation",
    "dataplane",
    "services",
    "cut",
    "resync",
    "acknowledgement",
    "typeahead",
    "rest",
    "footprint",
    "throughput",
)
_VERDICT: Final = {True: "ok", False: "MISSED", None: ""}


def main() -> None:
    """Run what was asked for; a quick run shows that everything works, and writes nothing."""
    arguments = _parsed()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))  # errors
    machine, fresh = description(), {}
    print(machine)
    for name in arguments.only or NAMES:
        module = importlib.import_module(f"benchmarks.figures.{name}")
        rows = _measured(module, Scale(quick=arguments.quick))
        fresh[name] = section(module, rows, f"{machine}; {_told_pace()}")
    if not arguments.quick:
        before = DOCUMENT.read_text() if DOCUMENT.exists() else ""
        DOCUMENT.write_text(written(before, fresh, dict.fromkeys(NAMES)))
        print(f"\nwritten to {DOCUMENT.relative_to(DOCUMENT.parent.parent)}")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=NAMES, action="append", help="one figure; may be given again")
    parser.add_argument("--quick", action="store_true", help="a few samples, to see that it runs; writes nothing")
    return parser.parse_args()


def _measured(module: ModuleType, scale: Scale) -> Rows:
    print(f"\n{module.__doc__.partition('.')[0] if module.__doc__ else module.__name__}", flush=True)
    rows: Rows = asyncio.run(module.measure(scale))
    for row in rows:
        print(_told(row), flush=True)
    return rows


def _told_pace() -> str:
    now = pace()
    print(f"  (right after it, {now})", flush=True)
    return now


def _told(row: Row) -> str:
    beside = f"  ({row.beside})" if row.beside else ""
    return f"  {row.what}: {row.measured}{beside} {_VERDICT[row.held]}".rstrip()


if __name__ == "__main__":
    main()
