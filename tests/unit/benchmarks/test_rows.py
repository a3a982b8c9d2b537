import pytest

from benchmarks.rows import below, mebibytes, median, percentile, shown


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5.0), (0.99, 10.0), (0.9, 9.0), (0.0, 1.0), (1.0, 10.0)])
def test_a_percentile_is_a_sample_that_so_many_are_not_above(share: float, expected: float) -> None:
    samples = [float(number) for number in range(10, 0, -1)]
    assert percentile(samples, share) == expected


def test_the_median_of_one_is_that_one() -> None:
    assert median([3.0]) == 3.0


def test_a_goal_is_held_below_it_only() -> None:
    assert below("a time", 0.0049, 0.005).held
    assert not below("a time", 0.005, 0.005).held


@pytest.mark.parametrize(("seconds", "text"), [(0.00123, "1.23 ms"), (0.3, "300 ms"), (1.0, "1 s"), (12.34, "12.3 s")])
def test_times_are_shown_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert shown(seconds) == text


def test_sizes_are_shown_in_whole_mebibytes() -> None:
    assert mebibytes(3 * 2**20 + 5) == "3 MiB"
