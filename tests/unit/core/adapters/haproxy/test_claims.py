from collections.abc import Iterator
from pathlib import Path

import pytest

from core.adapters.haproxy.claims import Claims
from core.domain.errors import GatewayCannotStart


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Claims]:
    with Claims(tmp_path) as claims:
        yield claims


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Claims]:
    with Claims(tmp_path) as claims:
        yield claims


def test_the_first_one_to_ask_owns_it_until_it_leaves(first: Claims, second: Claims) -> None:
    assert first.owns()
    assert not second.owns()
    assert first.owns()
    first.__exit__(None, None, None)
    assert second.owns()
    first.__enter__()
    assert not first.owns()


def test_who_uses_it_with_others_is_not_alone(first: Claims, second: Claims) -> None:
    assert first.join()
    assert second.join()
    assert not first.alone()


def test_nobody_joins_while_the_last_one_ends_it(first: Claims, second: Claims) -> None:
    assert first.join()
    assert first.alone()
    assert not second.join()
    first.__exit__(None, None, None)
    assert second.join()
    first.__enter__()


def test_of_two_that_leave_at_once_the_second_is_the_last(first: Claims, second: Claims) -> None:
    assert first.join()
    assert second.join()
    assert not first.alone()
    assert second.alone()


def test_a_folder_without_room_for_a_lock_is_told(tmp_path: Path) -> None:
    with pytest.raises(GatewayCannotStart) as caught:
        Claims(tmp_path / "nowhere").__enter__()
    assert "--state-dir" in caught.value.hint
