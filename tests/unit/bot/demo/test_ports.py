import socket

import pytest

from bot.demo import ports
from bot.demo.ports import free_range, starting_points


@pytest.mark.parametrize(
    ("low", "high", "first", "last"),
    [
        (32_768, 60_999, 10_000, 32_757),  # Linux
        (49_152, 65_535, 10_000, 49_141),  # what IANA sets aside
        (1_024, 40_000, 40_001, 65_525),
    ],
)
def test_a_range_lies_on_the_wider_side_of_what_the_kernel_gives_out(
    low: int, high: int, first: int, last: int
) -> None:
    starts = starting_points(low, high, 11)
    assert (starts[0], starts[-1]) == (first, last)


def test_a_range_with_a_listener_in_it_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "starting_points", lambda *_: range(port - 2, port + 1))
        with pytest.raises(RuntimeError, match="no 3 free ports in a row"):
            free_range(3)


def test_all_ports_of_a_range_can_be_listened_on() -> None:
    first = free_range(3)
    for port in range(first, first + 3):
        socket.create_server(("127.0.0.1", port)).close()
