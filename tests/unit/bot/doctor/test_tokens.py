from pathlib import Path

import pytest

from bot.api.tokens import BadTokens
from bot.doctor.tokens import remarks
from core.domain.policy import Policy, Principals, Rule
from tests.unit.bot.doctor.patients import lines, opening, patient, saying

CI = "- {name: ci, token: the-secret-of-ci-0123, scopes: [read, request]}\n"
ALICE = "- {name: alice, token: the-secret-of-alice-0, scopes: [read, approve], user: U024BE7LH}\n"
NAMED = Policy((Rule(("payments",), requesters=Principals(clients=frozenset({"ci"}))),))


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "tokens.yaml"
    file.write_text(text)
    file.chmod(mode)
    return file


async def remarks_on(folder: Path, text: str, mode: int = 0o600, **ill: object) -> list[str]:
    parts: dict[str, object] = {"policy": saying(NAMED), "slack": opening(None)}
    return lines(await remarks(patient(folder, token_file=written(folder, text, mode), **(parts | ill))))


async def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert await remarks(patient(tmp_path)) == []


async def test_tokens_that_go_together_with_the_policy_are_well(tmp_path: Path) -> None:
    assert await remarks_on(tmp_path, CI + ALICE) == ["ok   it: readable, 2 of them"]


async def test_a_file_with_a_mistake_is_told_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadTokens, match="line 1, column"):
        await remarks_on(tmp_path, CI.replace("scopes", "scope"))


async def test_a_file_that_everybody_can_read_is_pointed_out(tmp_path: Path) -> None:
    [_, remark] = await remarks_on(tmp_path, CI, 0o644)
    assert remark == f"note it: every user of this machine can read them -> chmod o-r {tmp_path / 'tokens.yaml'}"


async def test_a_users_token_without_slack_is_good_for_nothing(tmp_path: Path) -> None:
    [_, remark] = await remarks_on(tmp_path, CI + ALICE, slack=None)
    assert remark.startswith("FAIL it: alice acts as U024BE7LH, whom nobody knows without Slack")


async def test_a_program_that_no_rule_names_is_pointed_out_and_one_that_has_no_token(tmp_path: Path) -> None:
    found = await remarks_on(tmp_path, CI.replace("name: ci", "name: etl"))
    assert found[1:] == [
        "note it: etl may ask, and no rule lets it -> requesters: {tokens: [NAME]}",
        "note it: the policy names the token ci, and there is none that may ask",
    ]
