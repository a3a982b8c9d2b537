import importlib
import re

import pytest

from bot.slack.blocks.problems import defect, problem, tell
from bot.slack.parsing import parse
from core.domain.errors import BadInput, OutsideError, PodProxierError
from core.domain.refusals import Refused
from tests.golden import problems as golden

OVER_REST_ALONE = {"DirectNotAllowed", "KeyReused", "OnlyPeopleDecide"}
TOLD_BY_THEIR_KIND = OVER_REST_ALONE | {
    "GatewayRefused",
    "NoSlot",
    "GatewayCannotStart",
    "BadTarget",
    "BadTtl",
    "BadSource",
}
KINDS = (PodProxierError, OutsideError, Refused)
MET_BY_PEOPLE = tuple(
    f"core.domain.{name}" for name in ("errors", "mapping", "refusals", "port_pool", "quotas", "freezing")
)


def _classes() -> list[type[PodProxierError]]:
    found = [value for name in MET_BY_PEOPLE for value in vars(importlib.import_module(name)).values()]
    errors = {v for v in found if isinstance(v, type) and issubclass(v, PodProxierError)}
    return sorted(errors, key=lambda error: error.__name__)


@pytest.mark.parametrize("error", _classes())
def test_every_error_that_people_meet_has_words_of_its_own(error: type[PodProxierError]) -> None:
    if error not in KINDS and error.__name__ not in TOLD_BY_THEIR_KIND:
        assert tell.dispatch(error) is not tell.dispatch(error.__mro__[1])


def test_a_kind_that_nobody_has_words_for_is_told_by_its_own() -> None:
    class Odd(PodProxierError):
        hint = "another <way>"

    assert problem(Odd("it is odd")).text == "It is odd.\nWhat would work: another &lt;way&gt;"


@pytest.mark.parametrize("name", golden.problems())
def test_every_command_to_copy_can_be_read(name: str) -> None:
    message = golden.problems()[name]
    offered = message.text.partition("Try:")[2]
    for command in re.findall(r"`(/proxy .*?)`", offered):
        parse(command)


def test_what_was_typed_is_echoed_as_it_was_read() -> None:
    with pytest.raises(BadInput) as raised:
        parse("pod `api-0` \u201c2h\u201d")
    assert 'You typed: `/proxy pod api-0 "2h"`' in problem(raised.value, "pod `api-0` \u201c2h\u201d").text


@pytest.mark.parametrize("typed", [None, "", "  "])
def test_a_click_is_not_echoed(typed: str | None) -> None:
    assert "You typed" not in problem(PodProxierError("odd"), typed).text


def test_a_defect_says_where_to_look_it_up() -> None:
    assert "`3f9c2a71`" in defect("3f9c2a71").text
