"""Where the card goes."""

from datetime import timedelta

import pytest

from bot.workspace import Channel
from core.domain.mapping import Cause, Ending, Mapping, Place
from core.domain.notices import Audience, Topic
from core.domain.people import System
from core.domain.policy import Rule
from core.domain.states import Event
from core.interfaces import PostRole
from tests.integration.slack.office import Office, said


@pytest.fixture
def approvers(office: Office) -> Channel:
    return office.workspace.add_channel("approvers")


@pytest.fixture
def closed(office: Office) -> Channel:
    """A channel that the bot is not in."""
    return office.workspace.add_channel("closed", members=[office.alice], bot=False)


def invite(office: Office, channel: Channel) -> None:
    channel.members.add(office.workspace.app_user_id)
    office.relay.joined(channel.id)


async def withdraw(office: Office, mapping: Mapping) -> Mapping:
    ending = Ending(Cause.WITHDRAWN, System.TIMER, office.clock.now())
    return await office.happen(mapping, Event.WITHDRAW, said("over"), ending=ending)


# -- with an approvers' channel ----------------------------------------------------------------------------------------


async def test_the_approvers_get_a_copy_whose_first_post_alone_mentions_them(
    office: Office, approvers: Channel
) -> None:
    async with office.at_work():
        mapping = await office.ask(approvers_channel=approvers.id)
        await office.quiet()
        assert office.shown() == ["card requested v1"]
        assert office.shown(approvers) == ["here copy of card requested v1"]
        await office.open(mapping, said("ready"))
        await office.quiet()
    assert office.shown() == ["card open v3", "  moved ready"]
    assert office.shown(approvers) == ["copy of card open v3"]
    kept = office.storage.tables.posts.values()
    assert [(post.role, post.channel) for post in kept] == [
        (PostRole.COPY, approvers.id),
        (PostRole.CARD, office.channel.id),
    ]


async def test_asked_in_the_approvers_channel_itself_there_is_one_card(office: Office) -> None:
    async with office.at_work():
        await office.ask(approvers_channel=office.channel.id)
        await office.quiet()
    assert office.shown() == ["here card requested v1"]


async def test_a_reminder_stands_where_the_approvers_are(office: Office, approvers: Channel) -> None:
    reminder = said("decide", Audience.APPROVERS)
    async with office.at_work():
        await office.tell(await office.ask(approvers_channel=approvers.id), reminder)
        await office.quiet()
        assert office.shown() == ["card requested v2"]
        assert office.shown(approvers) == ["here copy of card requested v2", "  moved decide"]
        await office.tell(await office.ask(), reminder)
        await office.quiet()
        assert office.shown()[1:] == ["here card requested v2", "  moved decide"]


async def test_nobody_is_mentioned_once_there_is_nothing_to_decide(office: Office) -> None:
    await office.open(await office.ask())
    async with office.at_work():
        await office.quiet()
    assert office.shown() == ["card open v3"]


async def test_a_rule_without_a_mention_mentions_nobody(office: Office) -> None:
    office.rule = Rule(("*",))
    office.new_relay()
    async with office.at_work():
        await office.ask()
        await office.quiet()
    assert office.shown() == ["card requested v1"]


async def test_without_its_copy_the_card_where_it_was_asked_serves(office: Office, closed: Channel) -> None:
    async with office.at_work():
        mapping = await office.ask(approvers_channel=closed.id)
        await office.quiet()
        await office.tell(mapping, said("one"))
        await office.quiet()
    assert office.shown() == ["here card requested v1", "  moved one"]


async def test_what_is_over_gets_no_copy_any_more(office: Office, approvers: Channel) -> None:
    await withdraw(office, await office.ask(approvers_channel=approvers.id))
    async with office.at_work():
        await office.quiet()
    assert office.shown() == ["card withdrawn v2", "  moved over"]
    assert office.shown(approvers) == []


async def test_a_limit_in_one_channel_leaves_the_card_in_the_other(office: Office, approvers: Channel) -> None:
    async with office.at_work():
        mapping = await office.ask(approvers_channel=approvers.id)
        await office.quiet()
        office.workspace.faults.rate_limit("chat.update", retry_after=20)  # the copy comes first
        await office.happen(mapping, Event.GRANT, port=10_001)
        await office.postponed()
        assert (office.shown(approvers), office.shown()) == (["here copy of card requested v1"], ["card approved v2"])
        office.pass_by(20)
        await office.quiet()
    assert office.shown(approvers) == ["copy of card approved v2"]


# -- where the bot cannot post -----------------------------------------------------------------------------------------


async def test_where_no_approval_is_needed_a_direct_message_takes_the_cards_place(
    office: Office, closed: Channel
) -> None:
    await office.open(await office.ask(Place(closed.id)), said("ready"))
    async with office.at_work():
        await office.quiet()
    assert office.direct == ["card open v3", "  moved ready"]
    assert office.shown(closed) == []


async def test_where_others_approve_elsewhere_the_requester_has_the_card_as_a_direct_message(
    office: Office, closed: Channel, approvers: Channel
) -> None:
    async with office.at_work():
        mapping = await office.ask(Place(closed.id), approvers_channel=approvers.id)
        await office.quiet()
        assert office.direct == ["card requested v1"]
        await office.open(mapping, said("ready"))
        await office.quiet()
    assert office.direct == ["card open v3", "  moved ready"]
    assert office.shown(approvers) == ["copy of card open v3"]
    assert len([call for call in office.workspace.calls.all() if call.error == "not_in_channel"]) == 1


async def test_where_nobody_could_decide_the_requester_is_asked_for_an_invitation_and_the_card_follows(
    office: Office, closed: Channel
) -> None:
    async with office.at_work():
        mapping = await office.ask(Place(closed.id))
        await office.postponed()
        assert office.direct == [f"/invite me to {closed.id}"]
        invite(office, closed)
        await office.quiet()
        assert office.shown(closed) == ["here card requested v1"]
        assert office.direct == ["card requested v1"]
        await office.tell(mapping, said("one"))
        await office.quiet()
    assert office.shown(closed)[1:] == ["  moved one"]


async def test_an_invitation_that_nobody_tells_of_is_found_by_looking(office: Office, closed: Channel) -> None:
    async with office.at_work():
        await office.ask(Place(closed.id))
        for seconds in (1, 2, 4, 8, 15, 15):
            assert await office.postponed() == office.clock.now() + timedelta(seconds=seconds)
            office.pass_by(seconds)
        closed.members.add(office.workspace.app_user_id)
        office.pass_by(15)
        await office.quiet()
    assert len(office.shown(closed)) == 1
    assert len(office.direct) == 1


async def test_an_invitation_by_the_approvers_channel_serves_as_well(office: Office, closed: Channel) -> None:
    approvers = office.workspace.add_channel("approvers", bot=False)
    async with office.at_work():
        await office.ask(Place(closed.id), approvers_channel=approvers.id)
        await office.postponed()
        invite(office, approvers)
        await office.quiet()
    assert office.shown(approvers) == ["here copy of card requested v1"]
    assert (office.shown(closed), office.direct) == ([], ["card requested v1"])


async def test_what_ends_while_it_waits_for_an_invitation_is_told_directly(office: Office, closed: Channel) -> None:
    async with office.at_work():
        mapping = await office.ask(Place(closed.id))
        await office.postponed()
        await withdraw(office, mapping)
        await office.quiet()
    assert office.direct == ["card withdrawn v2", "  moved over"]


async def test_an_outage_while_the_copy_is_posted_asks_for_no_invitation(
    office: Office, closed: Channel, approvers: Channel
) -> None:
    office.workspace.faults.status("chat.postMessage", 503)
    async with office.at_work():
        await office.ask(Place(closed.id), approvers_channel=approvers.id)
        await office.postponed()
        assert office.direct == []
        office.pass_by(1)
        await office.quiet()
    assert office.direct == ["card requested v1"]


# -- in a conversation with the bot ------------------------------------------------------------------------------------


@pytest.fixture
def in_private(office: Office) -> Place:
    return Place(office.alice.app_dm.id, direct=True)


async def test_asked_directly_and_granted_at_once_everything_is_told_there(office: Office, in_private: Place) -> None:
    async with office.at_work():
        await office.open(await office.ask(in_private), said("ready"))
        await office.quiet()
    assert office.direct[1:] == ["  moved ready"]
    assert office.direct[0].endswith("card open v3")


async def test_asked_directly_the_approvers_decide_by_the_copy(
    office: Office, in_private: Place, approvers: Channel
) -> None:
    async with office.at_work():
        await office.ask(in_private, approvers_channel=approvers.id)
        await office.quiet()
    assert (office.direct, office.shown(approvers)) == (["card requested v1"], ["here copy of card requested v1"])


async def test_asked_directly_with_nobody_to_decide_the_requester_is_told_and_nothing_waits(
    office: Office, in_private: Place
) -> None:
    async with office.at_work():
        mapping = await office.ask(in_private)
        await office.quiet()
        assert office.direct == [f"/invite me to {in_private.channel}"]
        await withdraw(office, mapping)
        await office.quiet()
    assert office.direct == ["card withdrawn v2", "  moved over"]


async def test_asked_directly_the_card_follows_when_the_bot_is_where_the_approvers_are(
    office: Office, in_private: Place, closed: Channel
) -> None:
    async with office.at_work():
        await office.ask(in_private, approvers_channel=closed.id)
        await office.postponed()
        assert office.direct == [f"/invite me to {closed.id}"]
        invite(office, closed)
        await office.quiet()
    assert (office.direct, office.shown(closed)) == (["card requested v1"], ["here copy of card requested v1"])


async def test_a_requester_who_cannot_be_written_to_holds_nothing_up(office: Office) -> None:
    office.workspace.faults.fail("conversations.open", "user_disabled", times=2)
    async with office.at_work():
        mapping = await office.ask()
        await office.tell(mapping, said("lost", Audience.REQUESTER, Topic.DENIED), said("kept"))
        await office.quiet()
    assert office.shown()[1:] == ["  moved kept"]
    assert office.direct == []
