import pytest

from bot.slack import buttons
from bot.workspace import Person as Somebody
from bot.workspace import View
from core.domain.people import Standing
from core.domain.states import State
from tests.integration.slack.door.house import House

pytestmark = pytest.mark.usefixtures("door")


async def opened(somebody: Somebody, words: str) -> View:
    """Open the tab, and wait until it shows something."""
    await somebody.opens_home()
    return await somebody.home(words)


async def test_nobody_has_anything_at_first_and_is_told_how_to_begin(house: House) -> None:
    tab = await opened(house.alice, "Nothing is open")
    assert "/proxy pod NAMESPACE/NAME 2h" in house.alice.reads(tab)


async def test_what_waits_for_somebody_is_decided_there(house: House) -> None:
    mapping = await house.requested()
    tab = await opened(house.bob, "Waits for you")
    await house.bob.click(tab, buttons.APPROVE)
    shown = house.bob.reads(await house.bob.home("is approved"))
    assert (await house.now(mapping)).state is State.APPROVED
    assert "Waits for you" not in shown


async def test_nobody_is_offered_to_decide_on_their_own_request(house: House) -> None:
    await house.requested()
    shown = house.alice.reads(await opened(house.alice, "payments/api-0"))
    assert "Waits for you" not in shown
    assert "[ Take back ]" in shown
    assert "[ Approve ]" not in shown


async def test_what_one_has_can_be_closed_there(house: House) -> None:
    mapping = await house.opened()
    await house.alice.click(await opened(house.alice, "is open for"), buttons.CLOSE)
    await house.alice.home("is closing; connections are being cut")
    assert (await house.now(mapping)).state is State.CLOSING


async def test_the_tab_follows_what_happens_elsewhere(house: House) -> None:
    await opened(house.alice, "Nothing is open")
    await house.opened()
    await house.alice.home("is open for")


async def test_what_one_had_can_be_asked_for_again(house: House) -> None:
    mapping = await house.denied()
    tab = await opened(house.alice, "What you had last")
    await house.alice.click(tab, buttons.AGAIN)
    await house.alice.home("it needs 1 approval")
    again = house.mappings()[-1]
    assert (again.target, again.ttl, again.sources) == (mapping.target, mapping.ttl, mapping.sources)
    assert again.id != mapping.id


async def test_what_others_had_cannot(house: House) -> None:
    mapping = await house.denied()
    message = await house.draw(mapping)
    await (await house.bob.click(message, buttons.AGAIN)).reply("ask again for")
    assert len(house.mappings()) == 1


async def test_an_error_is_told_on_the_tab_too(house: House) -> None:
    mapping = await house.requested()
    tab = await opened(house.bob, "Waits for you")
    await house.withdrawn(mapping)
    await house.bob.click(tab, buttons.APPROVE)
    await house.bob.home("withdrawn")


async def test_a_guest_sees_nothing_of_what_there_is(house: House) -> None:
    await house.opened()
    guest = house.let_in("gina", Standing.GUEST)
    await guest.opens_home()
    await opened(house.alice, "is open for")  # what came before it has been dealt with by then
    assert guest.home_tab is None
