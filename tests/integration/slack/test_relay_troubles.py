"""What goes wrong between the outbox and Slack."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.slack.blocks.message import Message
from bot.slack.blocks.scene import Scene
from bot.slack.delivery import postbox
from bot.workspace import Enforced, Workspace
from core.adapters.memory.storage import MemoryStorage
from core.domain.errors import LostLease, StorageUnavailable
from core.domain.mapping import Place
from core.domain.notices import Audience, Facts, Topic
from tests.integration.slack.office import HOUR, PLAIN, Office, said
from tests.integration.slack.secrets import Secrets, replace_bot_token


def seconds_from_now(office: Office, seconds: float) -> datetime:
    return office.clock.now() + timedelta(seconds=seconds)


# -- Slack is away, or limits us ---------------------------------------------------------------------------------------


async def test_a_post_whose_answer_was_lost_is_told_twice_at_most(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.workspace.faults.drop_after("chat.postMessage")
        await office.tell(mapping, said("one"), said("two"))
        assert await office.postponed() == seconds_from_now(office, 1)
        office.pass_by(1)
        await office.quiet()
    assert office.shown()[1:] == ["  moved one", "  moved one", "  moved two"]


async def test_during_an_outage_everything_waits_and_comes_in_order_afterwards(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.workspace.begin_outage()
        mapping = await office.open(mapping, said("ready"))
        for seconds in (1, 2, 4):
            assert await office.postponed() == seconds_from_now(office, seconds)
            office.pass_by(seconds)
        await office.postponed()
        await office.tell(mapping, said("on"))
        office.workspace.end_outage()
        office.pass_by(8)
        await office.quiet()
    assert office.shown() == ["card open v4", "  moved ready", "  moved on"]


async def test_the_pause_grows_to_a_minute_and_no_further(office: Office) -> None:
    office.workspace.begin_outage()
    async with office.at_work():
        await office.ask()
        pauses = []
        for _ in range(9):
            until = await office.postponed()
            pauses.append((until - office.clock.now()).total_seconds())
            office.clock.set(until)
            office.relay.joined("")
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_limited_channel_rests_as_long_as_slack_says_and_others_go_on(office: Office) -> None:
    orders = office.workspace.add_channel("orders", members=[office.alice])
    office.workspace.faults.rate_limit("chat.postMessage", retry_after=30)
    async with office.at_work():
        await office.ask()
        assert await office.postponed() == seconds_from_now(office, 30)
        await office.ask()
        await office.ask(Place(orders.id))
        await orders.message("card requested")
        await office.until(lambda: len(office.waiting) == 2 and all(e.attempts for e in office.waiting))
        assert len(office.workspace.calls.of("chat.postMessage")) == 2
        office.pass_by(30)
        await office.quiet()
    assert len(office.channel.messages) == 2


async def test_under_slacks_own_limits_all_is_told_in_order(office: Office) -> None:
    office.workspace.rates.enforced = Enforced.CHANNELS
    async with office.at_work():
        await office.tell(await office.ask(), said("one"), said("two"), said("three"))
        while office.waiting:
            await office.until(
                lambda: not office.waiting or any(e.not_before > office.clock.now() for e in office.waiting)
            )
            office.workspace.clock.advance(2)
            office.pass_by(2)
    assert office.shown()[1:] == ["  moved one", "  moved two", "  moved three"]


async def test_a_dead_token_is_read_again_when_there_is_another(
    office: Office, workspace: Workspace, secrets: Secrets
) -> None:
    workspace.revoke_tokens()
    async with office.at_work():
        await office.ask()
        await office.postponed()
        assert office.slack.credentials.dead == "token_revoked"
        replace_bot_token(workspace, secrets)
        office.pass_by(1)
        await office.quiet()
    assert len(office.channel.messages) == 1
    assert office.slack.credentials.dead == ""


# -- people and channels come and go -----------------------------------------------------------------------------------


async def test_a_card_that_somebody_deleted_is_posted_anew_without_a_mention(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.channel.messages[0].deleted = True
        await office.open(mapping, said("ready"))
        await office.quiet()
    assert office.shown()[1:] == ["  moved ready"]
    card, reply = office.channel.messages
    assert card.text.startswith("card ")
    assert reply.thread_ts == card.ts


async def test_a_thread_that_is_gone_begins_anew_under_a_new_card(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.channel.everything.clear()
        await office.tell(mapping, said("one"))
        await office.quiet()
    assert office.shown() == ["card requested v2", "  moved one"]


async def test_what_cannot_be_posted_in_its_channel_any_more_is_told_to_the_requester(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.channel.archived = True
        mapping = await office.open(mapping, said("ready"))
        await office.tell(mapping, said("over", Audience.CHANNEL, Topic.ENDED))
        await office.quiet()
    assert office.direct == ["undelivered: moved (is_archived)", "undelivered: ended (is_archived)"]
    assert office.shown() == ["here card requested v1"]


async def test_a_dead_letter_waits_for_slack_as_anything_else(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.channel.archived = True
        office.workspace.faults.rate_limit("conversations.open", retry_after=9)
        await office.tell(mapping, said("one"))
        assert await office.postponed() == seconds_from_now(office, 9)
        office.pass_by(9)
        await office.quiet()
    assert office.direct == ["undelivered: moved (is_archived)"]


async def test_where_the_requester_is_gone_too_nothing_is_held_up(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.channel.archived = True
        office.workspace.change_user(office.alice, "deleted")
        await office.tell(mapping, said("one"), said("two"))
        await office.quiet()
    assert office.shown(office.alice.app_dm) == []


async def test_a_missing_scope_loses_direct_messages_and_nothing_else(office: Office) -> None:
    office.workspace.faults.fail("conversations.open", "missing_scope")
    async with office.at_work():
        await office.tell(await office.ask(), said("lost", Audience.REQUESTER), said("kept"))
        await office.quiet()
    assert office.shown()[1:] == ["  moved kept"]


async def test_what_slack_refuses_again_and_again_is_given_up(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        office.workspace.faults.fail("chat.postMessage", "a_code_of_next_year", times=5)
        await office.tell(mapping, said("one"), said("two"))
        for _ in range(4):
            office.clock.set(await office.postponed())
            office.relay.joined("")
        await office.quiet()
    assert office.shown()[1:] == ["  moved two"]


# -- we are what goes wrong --------------------------------------------------------------------------------------------


async def test_a_defect_in_one_message_silences_no_other(office: Office) -> None:
    def broken(scene: Scene, topic: Topic, facts: Facts) -> Message:
        if facts["what"] == "bad":
            raise ZeroDivisionError
        return PLAIN.entry(scene, topic, facts)

    office.new_relay(replace(PLAIN, entry=broken))
    with capture_logs() as events:
        async with office.at_work():
            mapping = await office.ask()
            await office.tell(mapping, said("bad"), said("good"))
            for _ in range(4):
                office.clock.set(await office.postponed())
                office.relay.joined("")
            await office.quiet()
    assert office.shown()[1:] == ["  moved good"]
    (given_up,) = [event for event in events if event["event"] == "notice.given_up"]
    assert isinstance(given_up["exc_info"], ZeroDivisionError)


async def test_a_relay_that_is_stopped_in_the_middle_writes_down_what_slack_has(office: Office) -> None:
    hold = office.slack.hold(office.channel.id, sent=True)
    async with office.at_work() as running:
        await office.ask()
        await hold.arrived.wait()
        running.cancel()
        hold.released.set()
        with suppress(asyncio.CancelledError):
            await running
    assert not office.waiting
    office.new_relay()
    async with office.at_work("the next"):
        await office.ask(Place(office.alice.app_dm.id, direct=True), approvers_channel=office.channel.id)
        await office.quiet()
    assert len(office.channel.messages) == 2


async def test_a_relay_that_loses_its_lease_after_a_post_makes_one_double(office: Office) -> None:
    hold = office.slack.hold(office.channel.id, sent=True)
    async with office.at_work() as running:
        await office.ask()
        await hold.arrived.wait()
        lost = await office.storage.lease.take("office", HOUR)
        assert lost is not None
        await office.storage.lease.give_back(lost)
        hold.released.set()
        with pytest.raises(ExceptionGroup) as caught:
            await running
        assert caught.group_contains(LostLease)
    office.new_relay()
    async with office.at_work("the next"):
        await office.quiet()
    assert office.shown() == ["here card requested v1", "here card requested v1"]


def fail_so_often(storage: MemoryStorage, times: int, on: str) -> asyncio.Event:
    """Have the database fail so many times; the event says that it is back."""
    left, is_back = [StorageUnavailable("the disk is full")] * times, asyncio.Event()

    def fail_if_told(what: str) -> None:
        if what == on and left:
            raise left.pop()
        if what == on:
            is_back.set()

    vars(storage)["fail_if_told"] = fail_if_told
    return is_back


async def test_what_slack_has_is_written_down_once_the_database_is_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postbox, "WRITE_AGAIN_AFTER", 0.001)
    hold = office.slack.hold(office.channel.id, sent=True)
    async with office.at_work():
        await office.ask()
        await hold.arrived.wait()
        is_back = fail_so_often(office.storage, 3, on="commit")
        hold.released.set()
        await is_back.wait()
        await office.quiet()
    assert len(office.channel.messages) == 1


async def test_a_database_that_is_away_for_a_while_stops_no_relay(office: Office) -> None:
    office.new_relay(poll_every=0.001)
    is_back = fail_so_often(office.storage, 3, on="begin")
    async with office.at_work():
        await is_back.wait()
        await office.ask()
        await office.quiet()
    assert len(office.channel.messages) == 1
