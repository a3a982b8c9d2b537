import asyncio

import pytest

from core.domain.mapping import Cause, Ending, Place
from core.domain.notices import Audience, Topic
from core.domain.people import System
from core.domain.states import Event
from core.interfaces import PostRole
from tests.integration.slack.office import HOUR, Office, said


async def test_the_card_is_posted_and_its_thread_tells_in_order(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        mapping = await office.tell(mapping, said("one"), said("two"))
        await office.tell(mapping, said("three"))
        await office.quiet()
    assert office.shown()[1:] == ["  moved one", "  moved two", "  moved three"]


async def test_a_card_always_shows_the_present_state(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
        await office.open(mapping)
        await office.quiet()
    (card,) = office.channel.messages
    assert card.text == "card open v3"


async def test_several_changes_of_a_card_make_one_update(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
    await office.open(mapping)
    async with office.at_work():
        await office.quiet()
    (card,) = office.channel.messages
    assert [version.content.text for version in card.history] == ["here card requested v1", "card open v3"]


async def test_what_waited_before_the_relay_began_is_told(office: Office) -> None:
    await office.tell(await office.ask(), said("one"))
    async with office.at_work():
        await office.quiet()
    assert office.shown() == ["here card requested v2", "  moved one"]


async def test_the_end_is_shown_in_the_channel_as_well(office: Office) -> None:
    async with office.at_work():
        await office.tell(await office.ask(), said("over", Audience.CHANNEL), said("quietly"))
        await office.quiet()
    replies = office.workspace.calls.of("chat.postMessage")[1:]
    assert [call.args["reply_broadcast"] for call in replies] == [True, False]


async def test_the_requester_is_told_directly_what_others_decided(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        ending = Ending(Cause.LAPSED, System.TIMER, office.clock.now())
        await office.happen(mapping, Event.LAPSE, said("late", Audience.REQUESTER, Topic.LAPSED), ending=ending)
        await office.quiet()
    assert office.direct == ["DM: lapsed late"]


async def test_nothing_is_said_twice_by_the_next_relay(office: Office) -> None:
    async with office.at_work():
        await office.tell(await office.ask(), said("one"))
        await office.quiet()
    calls = len(office.workspace.calls.all())
    office.new_relay()
    async with office.at_work():
        other = await office.ask()
        await office.quiet()
    assert len(office.workspace.calls.all()) == calls + 1
    assert other.id == 2


# -- warnings ----------------------------------------------------------------------------------------------------------


async def test_a_warning_is_told(office: Office) -> None:
    async with office.at_work():
        await office.warn(await office.open(await office.ask()))
        await office.quiet()
    assert office.shown()[1:] == ["  warning soon"]


@pytest.mark.parametrize("what", ["extended", "closed", "past"])
async def test_a_warning_of_an_end_that_has_moved_or_come_is_dropped(office: Office, what: str) -> None:
    mapping = await office.warn(await office.open(await office.ask()))
    now = office.clock.now()
    if what == "extended":
        await office.happen(mapping, Event.EXTEND, redraw=False, expires_at=now + 2 * HOUR)
    elif what == "closed":
        await office.happen(mapping, Event.CLOSE, redraw=False, ending=Ending(Cause.CLOSED, mapping.requester, now))
    else:
        office.clock.advance(HOUR)
    async with office.at_work():
        await office.quiet()
    assert not [text for text in office.shown() if "warning" in text]


# -- several channels --------------------------------------------------------------------------------------------------


async def test_each_channel_has_one_message_in_flight_and_others_do_not_wait_for_it(office: Office) -> None:
    orders = office.workspace.add_channel("orders", members=[office.alice])
    hold = office.slack.hold(office.channel.id)
    async with office.at_work():
        await office.ask()
        await hold.arrived.wait()
        await office.ask()
        await office.ask(Place(orders.id))
        await orders.message("card requested")
        assert not office.channel.messages
        hold.released.set()
        await office.quiet()
    assert len(office.channel.messages) == 2


async def test_the_database_is_free_while_slack_is_slow(office: Office) -> None:
    hold = office.slack.hold(office.channel.id)
    async with office.at_work():
        await office.ask()
        await hold.arrived.wait()
        assert not office.storage.turn.locked()
        hold.released.set()
        await office.quiet()


async def test_many_mappings_are_told_at_once(office: Office) -> None:
    channels = [office.workspace.add_channel(f"team-{number}", members=[office.alice]) for number in range(20)]
    async with office.at_work():
        await asyncio.gather(*(office.ask(Place(channel.id)) for channel in channels))
        await office.quiet()
    assert [len(channel.messages) for channel in channels] == [1] * 20


# -- what is written down ----------------------------------------------------------------------------------------------


async def test_a_message_is_known_as_soon_as_slack_has_it(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask()
        await office.quiet()
    async with office.storage.unit_of_work() as uow:
        (post,) = await uow.posts.of(mapping.id)
    assert (post.role, post.channel, post.ts) == (PostRole.CARD, office.channel.id, office.channel.messages[0].ts)


async def test_blocks_that_slack_does_not_take_are_left_out(office: Office) -> None:
    office.workspace.faults.fail("chat.postMessage", "invalid_blocks")
    async with office.at_work():
        await office.ask()
        await office.quiet()
    (card,) = office.channel.messages
    assert (card.text, list(card.blocks)) == ("here card requested v1", [])
