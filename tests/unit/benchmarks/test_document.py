from types import ModuleType

from benchmarks.document import section, written
from benchmarks.rows import Row, below

ORDER = dict.fromkeys(("first", "second"))


def module(docstring: str) -> ModuleType:
    return ModuleType("figure", docstring)


def test_a_section_has_the_modules_words_and_a_line_for_each_row() -> None:
    rows = [Row("some time", "1 ms", "a peer: 2 ms"), below("another", 0.2, 0.1)]
    told = section(module("How long it takes.\n\nMeasured with care.\n"), rows, "2 processors").splitlines()
    assert told[0] == "## How long it takes"
    assert told[2] == "Measured with care."
    assert "| some time | 1 ms | a peer: 2 ms |  |" in told
    assert "| another | 200 ms | under 100 ms | **no** |" in told
    assert told[-1].endswith(", 2 processors.")


def test_a_run_of_one_figure_leaves_the_others_as_they_were() -> None:
    whole = written("", {"first": "## First\n\nold\n", "second": "## Second\n\nold\n"}, ORDER)
    after = written(whole, {"second": "## Second\n\nnew\n"}, ORDER)
    assert after == whole.replace("## Second\n\nold", "## Second\n\nnew")
    assert written(after, {}, ORDER) == after


def test_sections_stand_in_the_order_of_the_figures_and_a_dropped_one_goes() -> None:
    before = written("", {"second": "## Second\n", "first": "## First\n"}, ORDER)
    assert before.index("## First") < before.index("## Second")
    assert "## Second" not in written(before, {}, {"first": None})
