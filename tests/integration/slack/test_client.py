import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.blocks.message import Message
from bot.slack.errors import (
    BadBlocks,
    CannotPost,
    MessageGone,
    SlackError,
    SlackLimited,
    SlackRefused,
    SlackUnreachable,
    TokenDead,
    WrongSetup,
)
from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Slack
from bot.workspace import Settings, Workspace
from core.domain.people import GroupId, UserId
from tests.integration.slack.secrets import Secrets, replace_bot_token

HELLO = Message("hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "hello"}},))
PLAIN = Message("good-bye", ())


async def test_a_message_is_posted_replied_to_and_changed(slack: Slack, workspace: Workspace) -> None:
    channel = workspace.add_channel("payments")
    ts = await slack.post(channel.id, HELLO)
    reply_ts = await slack.post(channel.id, PLAIN, ts)
    await slack.update(channel.id, ts, PLAIN)
    card, reply = channel.messages
    assert (card.ts, card.text, card.blocks) == (ts, "good-bye", ())
    assert (reply.ts, reply.thread_ts) == (reply_ts, ts)
    assert workspace.calls.of("chat.postMessage")[1].args["reply_broadcast"] is False


async def test_a_reply_can_be_shown_in_the_channel_as_well(slack: Slack, workspace: Workspace) -> None:
    channel = workspace.add_channel("payments")
    ts = await slack.post(channel.id, HELLO)
    await slack.post(channel.id, PLAIN, ts, broadcast=True)
    assert workspace.calls.of("chat.postMessage")[1].args["reply_broadcast"] is True


async def test_people_and_groups_are_looked_up(slack: Slack, workspace: Workspace) -> None:
    alice = workspace.add_user("alice")
    group = workspace.add_group("oncall", members=[alice])
    assert (await slack.users_info(UserId(alice.id)))["name"] == "alice"
    assert await slack.group_members(GroupId(group.id)) == {alice.id}
    assert await slack.open_dm(UserId(alice.id)) == alice.app_dm.id


async def test_the_app_knows_whose_it_is_and_what_it_may(slack: Slack, workspace: Workspace) -> None:
    identity = await slack.identity()
    assert (identity.team, identity.bot_user) == (workspace.team_id, workspace.app_user_id)
    assert identity.scopes == set(Settings().scopes)
    assert not identity.org_wide
    assert (await slack.open_connection()).startswith("ws")


# -- what fails --------------------------------------------------------------------------------------------------------


async def test_a_post_that_was_taken_and_then_lost_is_not_repeated(slack: Slack, workspace: Workspace) -> None:
    channel = workspace.add_channel("payments")
    workspace.faults.drop_after("chat.postMessage")
    with pytest.raises(SlackUnreachable):
        await slack.post(channel.id, HELLO)
    assert len(channel.messages) == len(workspace.calls.all()) == 1


@pytest.mark.parametrize("harm", ["drop_before", "drop_after", "status"])
async def test_a_change_without_an_answer_is_asked_for_once_more(slack: Slack, workspace: Workspace, harm: str) -> None:
    channel = workspace.add_channel("payments")
    ts = await slack.post(channel.id, HELLO)
    getattr(workspace.faults, harm)("chat.update")
    await slack.update(channel.id, ts, PLAIN)
    assert channel.messages[0].text == "good-bye"
    assert len(workspace.calls.of("chat.update")) == 2


async def test_a_look_up_is_repeated_once_and_no_more(slack: Slack, workspace: Workspace) -> None:
    workspace.faults.status("users.info", 503, times=2)
    with pytest.raises(SlackUnreachable, match="HTTP 503"):
        await slack.users_info(UserId("U1"))
    assert len(workspace.calls.of("users.info")) == 2


async def test_an_outage_is_no_answer(slack: Slack, workspace: Workspace) -> None:
    workspace.begin_outage()
    with pytest.raises(SlackUnreachable):
        await slack.identity()


async def test_both_tries_share_one_deadline(workspace: Workspace, settings: SlackSettings, secrets: Secrets) -> None:
    impatient = replace(settings, deadline=timedelta(seconds=0.05))
    workspace.faults.hang("auth.test", 30, times=2)
    async with Slack(impatient, Credentials(secrets.read)) as slack:
        with pytest.raises(SlackUnreachable, match=r"no answer within 0\.05 s"):
            await slack.identity()


async def test_a_limit_says_how_long_to_wait(slack: Slack, workspace: Workspace) -> None:
    channel = workspace.add_channel("payments")
    workspace.faults.rate_limit("chat.postMessage", retry_after=7)
    with pytest.raises(SlackLimited) as caught:
        await slack.post(channel.id, HELLO)
    assert caught.value.retry_after == 7
    assert not channel.messages


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("not_in_channel", CannotPost),
        ("is_archived", CannotPost),
        ("no_permission", CannotPost),
        ("thread_not_found", MessageGone),
        ("msg_too_long", BadBlocks),
        ("invalid_blocks", BadBlocks),
        ("missing_scope", WrongSetup),
        ("token_revoked", TokenDead),
        ("a_code_of_next_year", SlackRefused),
        ("ratelimited", SlackLimited),
        ("internal_error", SlackUnreachable),
    ],
)
async def test_each_code_of_slack_comes_out_as_what_it_means(
    slack: Slack, workspace: Workspace, code: str, error: type[SlackError]
) -> None:
    workspace.faults.fail("chat.postMessage", code)
    with pytest.raises(SlackError) as caught:
        await slack.post("C1", HELLO)
    assert type(caught.value) is error


async def test_a_missing_scope_is_named(workspace: Workspace, settings: SlackSettings, secrets: Secrets) -> None:
    workspace.state.settings = Settings(scopes=("users:read",))
    async with Slack(settings, Credentials(secrets.read)) as slack:
        with pytest.raises(WrongSetup) as caught:
            await slack.post("C1", HELLO)
    assert caught.value.hint == "the app needs the scope chat:write"


async def test_a_person_who_cannot_be_written_to_is_no_place_to_post(slack: Slack, workspace: Workspace) -> None:
    gone = workspace.add_user("gone", kind="deleted")
    with pytest.raises(CannotPost, match="user_disabled"):
        await slack.open_dm(UserId(gone.id))


async def test_a_client_that_was_closed_says_so(slack: Slack) -> None:
    await slack.__aexit__(None, None, None)
    with pytest.raises(SlackUnreachable, match="closed"):
        await slack.identity()


# -- tokens ------------------------------------------------------------------------------------------------------------


async def test_a_token_that_died_is_read_again_and_nobody_notices(
    slack: Slack, workspace: Workspace, secrets: Secrets
) -> None:
    channel = workspace.add_channel("payments")
    replace_bot_token(workspace, secrets)
    await slack.post(channel.id, HELLO)
    assert len(channel.messages) == 1
    assert slack.credentials.dead == ""


async def test_several_calls_with_a_dead_token_read_it_again_together(
    slack: Slack, workspace: Workspace, secrets: Secrets
) -> None:
    replace_bot_token(workspace, secrets)
    await asyncio.gather(*(slack.identity() for _ in range(5)))
    assert slack.credentials.dead == ""


async def test_a_token_that_stays_dead_is_told_until_it_is_accepted(
    slack: Slack, workspace: Workspace, secrets: Secrets
) -> None:
    workspace.revoke_tokens()
    with pytest.raises(TokenDead):
        await slack.identity()
    assert slack.credentials.dead == "token_revoked"
    assert (secrets.readings, len(workspace.calls.all())) == (2, 1)
    workspace.restore_tokens()
    await slack.identity()
    assert slack.credentials.dead == ""


async def test_one_token_that_is_accepted_does_not_hide_that_the_other_is_dead(
    slack: Slack, workspace: Workspace
) -> None:
    workspace.state.revoked.add(workspace.app_token)
    with pytest.raises(TokenDead):
        await slack.open_connection()
    await slack.identity()
    assert slack.credentials.dead == "token_revoked"


async def test_a_token_file_that_is_away_leaves_the_token_dead(
    slack: Slack, workspace: Workspace, secrets: Secrets
) -> None:
    workspace.revoke_tokens()
    secrets.missing = True
    with pytest.raises(TokenDead):
        await slack.identity()
