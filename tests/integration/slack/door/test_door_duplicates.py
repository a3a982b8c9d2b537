"""Slack may bring the same thing twice: at once, later, to another process."""

from bot.slack import buttons
from bot.slack.buttons import extend_action
from bot.workspace import Answer, Workspace
from tests.integration.slack.door.conftest import Opening
from tests.integration.slack.door.house import HOUR, House


async def test_a_command_that_comes_twice_at_once_is_done_and_answered_once(opening: Opening, house: House) -> None:
    async with opening(house):
        asked = await house.alice.command("/proxy", "pod payments/api-0", channel=house.channel, times=2)
        listed = await house.alice.command("/proxy", "list", channel=house.channel, times=2)
        wrong = await house.alice.command("/proxy", "open sesame", channel=house.channel, times=2)
    assert all_acknowledged(house.workspace)
    assert len(house.mappings()) == 1
    assert house.audit() == ["request"]
    assert said(asked, listed, wrong) == [1, 1, 1]


async def test_a_click_that_comes_twice_at_once_is_done_and_answered_once(opening: Opening, house: House) -> None:
    mapping = await house.opened()
    async with opening(house):
        card = await house.draw(mapping)
        extended = await house.alice.click(card, extend_action(0), times=2)
        refused = await house.carol.click(card, extend_action(0), times=2)
    assert all_acknowledged(house.workspace)
    assert mapping.expires_at
    assert (await house.now(mapping)).expires_at == mapping.expires_at + HOUR / 2
    assert house.audit()[-1] == "refused:extend"
    assert house.audit().count("refused:extend") == 1
    assert said(extended, refused) == [1, 1]


async def test_a_replay_is_acknowledged_and_no_more(opening: Opening, house: House, workspace: Workspace) -> None:
    mapping = await house.requested()
    async with opening(house):
        clicked = await house.bob.click(await house.draw(mapping), buttons.APPROVE)
        await clicked.reply()
        assert (await workspace.deliver_again(clicked)).acked
    assert said(clicked) == [1]
    assert house.audit().count("grant") == 1


async def test_what_another_process_has_done_is_neither_done_nor_answered_again(
    opening: Opening, house: House, workspace: Workspace
) -> None:
    mapping = await house.requested()
    async with opening(house):
        card = await house.draw(mapping)
        refused = await house.alice.click(card, buttons.APPROVE)
        await refused.reply()
        approved = await house.bob.click(card, buttons.APPROVE)
        await approved.reply()
        too_late = await house.carol.click(card, buttons.APPROVE)
        requested = await house.bob.command("/proxy", "pod payments/api-0", channel=house.channel)
    answers, before = (refused, approved, too_late, requested), house.audit()
    async with opening(house):
        for answer in answers:
            assert (await workspace.deliver_again(answer)).acked
    assert said(*answers) == [1, 1, 1, 1]
    assert house.audit() == before


async def test_two_clicks_of_one_person_are_two(opening: Opening, house: House) -> None:
    mapping = await house.requested()
    async with opening(house):
        card = await house.draw(mapping)
        first = await house.bob.click(card, buttons.APPROVE)
        await first.reply()
        second = await house.bob.click(card, buttons.APPROVE)
        await second.reply(lambda message: message.origin.response_url == second.asked.response_url)
    assert house.audit().count("grant") == 1


def said(*answers: Answer) -> list[int]:
    """How many messages came through each one's own response URL."""
    return [
        sum(message.origin.response_url == answer.asked.response_url for message in answer.replies)
        for answer in answers
    ]


def all_acknowledged(workspace: Workspace) -> bool:
    return all(outcome.acked for outcome in workspace.courier.outcomes)
