import pytest

from core.domain import errors, refusals
from core.domain.errors import BadSource, BadTarget, BadTtl, ClusterForbidden, PodProxierError, StillConnected, sentence
from core.domain.mapping import Stale, WrongState
from core.domain.port_pool import NoFreePort


@pytest.mark.parametrize(
    ("words", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_lists_are_written_as_people_do(words: tuple[str, ...], text: str) -> None:
    assert sentence(words) == text


def test_everything_that_is_raised_on_purpose_has_one_root() -> None:
    classes = [each for module in (errors, refusals) for each in vars(module).values() if isinstance(each, type)]
    raised = [each for each in classes if issubclass(each, Exception)]
    assert len(raised) > 20
    assert all(issubclass(each, PodProxierError) for each in [*raised, Stale, WrongState, NoFreePort])


def test_what_was_typed_and_what_would_work_is_carried() -> None:
    for error in (BadTarget("x", "no", example="y"), BadTtl("x", "no", example="y"), BadSource("x", "x", example="y")):
        assert (error.given, error.hint) == ("x", "y")


def test_a_missing_permission_is_named() -> None:
    error = ClusterForbidden("get", "pods", "payments")
    assert str(error) == "Pod-Proxier may not get pods in payments (403)"
    assert "grant get on pods in payments" in error.hint


def test_what_is_left_on_a_port_is_counted() -> None:
    assert str(StillConnected(10_000, 2)) == "port 10000 still carries 2 connection(s)"
