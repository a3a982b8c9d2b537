from dataclasses import replace

import pytest

from core.adapters.kubernetes.pace import USUAL


@pytest.mark.parametrize(("failures", "full"), [(1, 0.5), (2, 1.0), (3, 2.0), (5, 8.0), (6, 10.0), (10_000, 10.0)])
def test_pauses_double_up_to_the_longest_and_are_never_less_than_half_of_it(failures: int, full: float) -> None:
    pauses = [USUAL.pause(failures) for _ in range(200)]
    assert min(pauses) >= full / 2
    assert max(pauses) <= full
    assert len(set(pauses)) > 1


def test_watches_last_differently_long() -> None:
    lifetimes = {USUAL.lifetime() for _ in range(200)}
    assert len(lifetimes) > 10
    assert 40 <= min(lifetimes) <= max(lifetimes) <= 80


def test_a_watch_ends_when_it_is_time_to_list_anew() -> None:
    assert replace(USUAL, relist=30.0).lifetime(since_list=10.0) == 20
    assert USUAL.lifetime(since_list=599.9) == USUAL.lifetime(since_list=700.0) == 1
