"""That the figures can still be taken: with the engine in this process, and with the whole bot in one of its own."""

import importlib

import pytest

from benchmarks.rows import Scale


@pytest.mark.parametrize("name", ["activation", "acknowledgement"])
@pytest.mark.usefixtures("haproxy_wheel")
async def test_a_figure_can_be_taken(name: str) -> None:
    rows = await importlib.import_module(f"benchmarks.figures.{name}").measure(Scale(quick=True))
    assert all(row.measured for row in rows)
