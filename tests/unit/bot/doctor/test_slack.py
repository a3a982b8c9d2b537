from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.doctor.slack import groups, scopes, tokens
from bot.slack.errors import SetupError
from bot.slack.manifest import BOT_SCOPES, REQUIRED
from bot.slack.settings import Transport
from bot.workspace import Settings, Workspace
from core.domain.people import GroupId
from core.domain.policy import Policy, Principals, Rule
from tests.unit.bot.doctor.patients import lines, patient, saying, slack_of


@pytest.fixture
async def granted(request: pytest.FixtureRequest) -> AsyncIterator[Workspace]:
    wanted: Sequence[str] = getattr(request, "param", BOT_SCOPES)
    async with Workspace(Settings(scopes=wanted)) as workspace:
        yield workspace


WITHOUT_DMS = [scope for scope in BOT_SCOPES if scope != "im:write"]


def policy_of(*names: str) -> Policy:
    requesters = Principals(groups=frozenset(map(GroupId, names)))
    return Policy((Rule(("payments",), requesters=requesters),))


async def test_good_tokens_with_the_scopes_of_the_manifest_are_well(granted: Workspace, tmp_path: Path) -> None:
    well = patient(tmp_path, slack=slack_of(granted))
    assert [found.level for found in (*await tokens(well), *await scopes(well))] == ["ok", "ok"]


@pytest.mark.parametrize("granted", [WITHOUT_DMS], indirect=True)
async def test_a_missing_scope_fails_and_says_what_it_is_for(granted: Workspace, tmp_path: Path) -> None:
    [found] = await scopes(patient(tmp_path, slack=slack_of(granted)))
    assert (found.level, found.text) == ("FAIL", "the bot token lacks im:write (direct messages)")


@pytest.mark.parametrize("granted", [list(REQUIRED)], indirect=True)
async def test_a_scope_that_one_can_do_without_is_only_noted(granted: Workspace, tmp_path: Path) -> None:
    [found] = await scopes(patient(tmp_path, slack=slack_of(granted)))
    assert found.level == "note"
    assert "channels:read (hearing that the bot was invited to a channel)" in found.text


@pytest.mark.parametrize("granted", [list(REQUIRED)], indirect=True)
async def test_groups_in_the_policy_need_the_scope_that_reads_them(granted: Workspace, tmp_path: Path) -> None:
    naming = patient(tmp_path, slack=slack_of(granted), policy=saying(policy_of("S1")))
    [found] = await groups(naming)
    assert (found.level, found.text) == ("FAIL", "the policy names groups, and the bot token lacks usergroups:read")


async def test_each_group_of_the_policy_that_slack_does_not_know_fails(granted: Workspace, tmp_path: Path) -> None:
    known = granted.add_group("leads").id
    well, ill = (policy_of(known), policy_of(known, "S404"))
    assert lines(await groups(patient(tmp_path, slack=slack_of(granted), policy=saying(well)))) == [
        "ok   it: the policy's 1 group(s) can be read"
    ]
    [found] = await groups(patient(tmp_path, slack=slack_of(granted), policy=saying(ill)))
    assert (found.level, found.text[:24]) == ("FAIL", "the policy's group S404:")


async def test_a_policy_without_groups_asks_for_none(tmp_path: Path) -> None:
    assert not await groups(patient(tmp_path))


async def test_a_dead_token_is_told_once(granted: Workspace, tmp_path: Path) -> None:
    granted.revoke_tokens()
    dead = patient(tmp_path, slack=slack_of(granted), policy=saying(policy_of("S1")))
    with pytest.raises(SetupError, match="SLACK_BOT_TOKEN"):
        await tokens(dead)
    assert not await scopes(dead)
    assert not await groups(dead)


async def test_socket_mode_needs_an_app_token_that_opens_connections(granted: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="SLACK_APP_TOKEN"):
        await tokens(patient(tmp_path, slack=slack_of(granted, app="xapp-other")))


async def test_http_needs_a_signing_secret_and_no_app_token(granted: Workspace, tmp_path: Path) -> None:
    [found] = await tokens(patient(tmp_path, transport=Transport.HTTP, slack=slack_of(granted, app="xapp-other")))
    assert found.level == "ok"
    with pytest.raises(SetupError, match="SLACK_SIGNING_SECRET"):
        await tokens(patient(tmp_path, transport=Transport.HTTP, slack=slack_of(granted, signing_secret="")))


async def test_a_bot_without_slack_is_told_of_once(tmp_path: Path) -> None:
    without = patient(tmp_path, slack=None)
    [found] = [*await tokens(without), *await scopes(without), *await groups(without)]
    assert (found.level, found.text) == (
        "note",
        "there is none: only programs ask, over REST, and nobody can approve",
    )
