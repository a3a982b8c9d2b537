"""docs/rest.md keeps to the program: its tokens can be read, its answers are those that are given."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.api.problems import Problem, problem_of
from bot.api.tokens.errors import BadTokens
from bot.api.tokens.reading import parse_tokens
from bot.api.tokens.token import Scope
from bot.api.v2 import make_v2
from bot.api.v2.models import CreateMapping, Mapping
from core.adapters.policy_file.reading import parse_policy
from core.domain.refusals import TtlTooLong
from core.domain.ttl import parse_ttl

DOCUMENT = Path(__file__).parents[4] / "docs" / "rest.md"
TEXT = DOCUMENT.read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return make_v2(None).openapi()  # type: ignore[arg-type] # it is described without what it serves


def test_the_tokens_that_are_shown_can_be_read() -> None:
    with pytest.raises(BadTokens, match="short enough to be guessed"):  # nobody's token may be one that is printed
        parse_tokens(blocks("yaml")[0], DOCUMENT)
    tokens = parse_tokens(blocks("yaml")[0].replace("THE-TOKEN", "a-token-of-ones-own-0123"), DOCUMENT)
    assert [token.name for token in tokens.all] == ["ci", "alice-laptop"]


def test_every_scope_is_told_and_no_other() -> None:
    told = re.findall(r"^\| `([a-z]+)` \| ", TEXT.split("| scope | good for |")[1].split("\n\n")[0], re.MULTILINE)
    assert told == [str(scope) for scope in Scope]


def test_the_policy_that_is_shown_can_be_read() -> None:
    [rule] = parse_policy(blocks("yaml")[1], DOCUMENT).rules
    assert rule.requesters.clients == {"ci"}


def test_every_operation_is_told_and_no_other(described: dict[str, Any]) -> None:
    told = {
        (method, path.replace("m42", "{mapping_id}"))
        for method, path in re.findall(r"`(\w+) /api/v2(/[a-z0-9/-]+)`", TEXT)
    }
    known = {(method.upper(), path) for path, ways in described["paths"].items() for method in ways}
    assert told == known


def test_the_mapping_that_is_shown_is_one() -> None:
    shown = json.loads(blocks("json")[0])
    assert json.loads(Mapping.model_validate(shown).model_dump_json()) == shown


def test_the_problem_that_is_shown_is_what_is_answered() -> None:
    shown = Problem.model_validate_json(blocks("json")[1])
    assert shown == problem_of(TtlTooLong(parse_ttl("5h"), parse_ttl("3h")))


def test_what_is_sent_can_be_read() -> None:
    bodies = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", TEXT)]
    assert CreateMapping.model_validate(bodies[0]).target == "payments/api-0:5005"
    assert [sorted(body) for body in bodies[1:]] == [["by"], ["pod_name", "time"]]
