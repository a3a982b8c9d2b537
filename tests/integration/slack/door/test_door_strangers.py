"""People of other workspaces share channels with us by Slack Connect."""

import pytest

from bot.slack import buttons
from bot.slack.buttons import extend_action
from bot.workspace import Kind
from bot.workspace import Person as Somebody
from core.domain.people import Standing
from tests.integration.slack.door.house import House

pytestmark = pytest.mark.usefixtures("door")


@pytest.fixture
def stranger(house: House) -> Somebody:
    """Somebody whom even the directory would let in: the team of the payload is what counts."""
    stranger = house.workspace.add_user("mallory", kind=Kind.STRANGER)
    house.directory.add(house.person(stranger), standing=Standing.MEMBER)
    house.channel.members.add(stranger.id)
    return stranger


async def test_a_stranger_decides_nothing_and_is_told_why(house: House, stranger: Somebody) -> None:
    mapping = await house.requested()
    card = await house.draw(mapping)
    for action in (buttons.APPROVE, buttons.DENY, buttons.CLOSE, extend_action(0), "from_another_version"):
        clicked = await stranger.click(card, action)
        assert clicked.acked
        assert (await clicked.reply("another workspace")).ephemeral_to == stranger.id
    assert await house.now(mapping) == mapping


@pytest.mark.parametrize("text", ["pod payments/api-0", "list all", "help", "open sesame"])
async def test_a_stranger_asks_for_nothing_and_learns_nothing(house: House, stranger: Somebody, text: str) -> None:
    typed = await stranger.command("/proxy", text, channel=house.channel)
    assert typed.acked
    await typed.reply("another workspace")
    assert not house.mappings()


async def test_the_refusal_is_entered_into_the_audit_once(house: House, stranger: Somebody) -> None:
    card = await house.draw(await house.requested())
    await (await stranger.click(card, buttons.APPROVE, times=2)).reply("another workspace")
    assert house.audit() == ["request", "refused:enter"]
