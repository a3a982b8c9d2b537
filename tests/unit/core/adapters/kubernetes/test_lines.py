from hypothesis import given
from hypothesis import strategies as st

from core.adapters.kubernetes.lines import LineBuffer

LINES = st.lists(st.binary(min_size=1, max_size=20).filter(lambda line: line.strip() and b"\n" not in line))


@given(LINES, st.integers(min_value=1, max_value=9))
def test_lines_come_out_whole_however_the_stream_is_cut(lines: list[bytes], size: int) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    buffer = LineBuffer()
    found = [line for at in range(0, len(stream), size) for line in buffer.feed(stream[at : at + size])]
    assert found == lines


def test_a_line_without_an_end_is_kept_back() -> None:
    buffer = LineBuffer()
    assert buffer.feed(b"one\ntw") == [b"one"]
    assert buffer.feed(b"o\n") == [b"two"]


def test_empty_lines_are_dropped() -> None:
    assert LineBuffer().feed(b"\n\r\none\n\n") == [b"one"]
