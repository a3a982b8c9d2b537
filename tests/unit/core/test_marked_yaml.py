from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.marked_yaml import BadYaml, Document, Spot, read_yaml

TEXT = """\
# a comment
top: on
list:
  - one: 1:30
    two: {three: 0x10, four: ~}
  - 2026-01-01
"""


@pytest.fixture
def document() -> Document:
    return read_yaml(TEXT)


def test_scalars_are_the_text_that_was_written(document: Document) -> None:
    assert document.value == {
        "top": "on",
        "list": [{"one": "1:30", "two": {"three": "0x10", "four": None}}, "2026-01-01"],
    }


@pytest.mark.parametrize(
    ("place", "spot"),
    [
        ((), Spot(2, 1)),
        (("top",), Spot(2, 1)),
        (("list",), Spot(3, 1)),
        (("list", 0), Spot(4, 5)),
        (("list", 0, "two"), Spot(5, 5)),
        (("list", 0, "two", "four"), Spot(5, 24)),
        (("list", 1), Spot(6, 5)),
        (("list", 7), Spot(3, 1)),
        (("list", 0, "two", "five"), Spot(5, 5)),
        (("top", "deeper"), Spot(2, 1)),
    ],
)
def test_the_innermost_part_of_a_place_that_is_there_is_found(
    document: Document, place: tuple[int | str, ...], spot: Spot
) -> None:
    assert document.spot(place) == spot


def test_nothing_but_comments_is_nothing_and_nowhere() -> None:
    document = read_yaml("# nothing\n")
    assert document.value is None
    assert document.spot(("a",)) is None


def test_what_overrides_a_merged_pair_is_found_where_it_stands() -> None:
    document = read_yaml("base: &base\n  a: 1\n  b: 2\nmore:\n  <<: *base\n  b: 3\n")
    assert document.value == {"base": {"a": "1", "b": "2"}, "more": {"a": "1", "b": "3"}}
    assert document.spot(("more", "b")) == Spot(6, 3)
    assert document.spot(("more", "a")) == Spot(2, 3)


@pytest.mark.parametrize(
    ("text", "spot", "words"),
    [
        ("a: 1\na: 2", Spot(2, 1), "'a' is there twice"),
        ("a: {b: 1, c: [{d: 1, d: 2}]}", Spot(1, 22), "'d' is there twice"),
        ("a: [1", Spot(1, 6), "expected"),
        ("a: *b", Spot(1, 4), "undefined alias"),
        ("a: 1\n---\nb: 2", Spot(2, 1), "another document"),
        ("a: !!python/object:os.system x", Spot(1, 4), "could not determine a constructor"),
        ("{[1]: 2}", Spot(1, 2), "unhashable"),
        ("a: \x07", None, "special characters"),
        ("[" * 1_000, None, "nested too deeply"),
    ],
)
def test_what_is_no_yaml_says_where(text: str, spot: Spot | None, words: str) -> None:
    with pytest.raises(BadYaml, match=words) as caught:
        read_yaml(text)
    assert caught.value.spot == spot


def test_a_list_that_holds_itself_is_read() -> None:
    value = read_yaml("a: &a [*a]").value
    assert isinstance(value, dict)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadYaml):
        read_yaml(text)


@pytest.mark.parametrize(
    "text", ["!!int x", "a: !!float b", "!!bool maybe", "- !!timestamp soon", "!!binary ä", "!x y"]
)
def test_a_tag_that_would_make_something_else_of_a_text_is_refused(text: str) -> None:
    with pytest.raises(BadYaml, match="tag"):
        read_yaml(text)
