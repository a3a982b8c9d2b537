"""Where a mapping is told that nobody asked for in Slack."""

import pytest

from bot.workspace import Channel
from core.domain.mapping import IN_PERSON, NOWHERE, Mapping, Place
from core.domain.notices import Audience
from core.domain.people import Client
from core.domain.states import Event
from core.interfaces import PostRole
from tests.integration.slack.office import Office, said

CI = Client("ci")


@pytest.fixture
def closed(office: Office) -> Channel:
    """A channel that the bot is not in."""
    return office.workspace.add_channel("closed", members=[office.alice], bot=False)


async def ask_as_client(office: Office, place: Place) -> Mapping:
    office.as_client = CI
    return await office.ask(place)


async def test_what_is_shown_nowhere_is_told_nobody_and_waits_for_nothing(office: Office) -> None:
    async with office.at_work():
        mapping = await ask_as_client(office, NOWHERE)
        await office.open(mapping, said("ready"), said("aloud", Audience.CHANNEL), said("you", Audience.REQUESTER))
        await office.quiet()
    assert office.shown() == []
    assert office.direct == []
    assert office.storage.tables.posts == {}


async def test_whoever_asked_for_what_is_shown_nowhere_is_still_told_directly(office: Office) -> None:
    async with office.at_work():
        mapping = await office.ask(NOWHERE)
        await office.tell(mapping, said("log"), said("you", Audience.REQUESTER))
        await office.quiet()
    assert office.direct == ["DM: moved you"]


async def test_a_clients_card_is_where_it_is_announced_and_it_has_no_messages(office: Office) -> None:
    async with office.at_work():
        mapping = await ask_as_client(office, Place(office.channel.id))
        await office.open(mapping, said("ready"), said("you", Audience.REQUESTER))
        await office.quiet()
    assert office.shown() == ["card open v3", "  moved ready"]
    assert office.direct == []


async def test_whoever_asked_over_rest_has_the_card_as_a_direct_message(office: Office) -> None:
    async with office.at_work():
        mapping = await office.open(await office.ask(IN_PERSON))
        await office.quiet()
        assert office.direct == ["card open v3"]
        await office.tell(mapping, said("news"))
        await office.happen(await office.transactions.read(lambda uow: uow.mappings.get(mapping.id)), Event.CLOSE)
        await office.quiet()
    assert office.direct == ["card closing v5", "  moved news"]
    [post] = office.storage.tables.posts.values()
    assert (post.role, post.channel) == (PostRole.CARD, office.alice.app_dm.id)


async def test_a_request_over_rest_that_nobody_sees_is_said_to_whoever_asked(office: Office) -> None:
    async with office.at_work():
        await office.ask(IN_PERSON)
        await office.quiet()
    assert office.direct == [f"/invite me to {office.alice.app_dm.id}"]


async def test_a_clients_request_waits_for_the_bot_to_be_invited(office: Office, closed: Channel) -> None:
    async with office.at_work():
        await ask_as_client(office, Place(closed.id))
        await office.postponed()
        closed.members.add(office.workspace.app_user_id)
        office.relay.joined(closed.id)
        await office.quiet()
    assert office.shown(closed) == ["here card requested v1"]


async def test_a_clients_open_mapping_is_told_nobody_where_the_bot_may_not_post(
    office: Office, closed: Channel
) -> None:
    mapping = await office.open(await ask_as_client(office, Place(closed.id)), said("ready"))
    async with office.at_work():
        await office.quiet()
    assert office.shown(closed) == office.direct == []
    assert mapping.requester == CI
