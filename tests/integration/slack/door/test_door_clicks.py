from datetime import timedelta

import pytest

from bot.slack import buttons
from bot.slack.buttons import extend_action
from bot.workspace import Message
from core.domain.mapping import MappingId, Terms
from core.domain.people import Standing
from core.domain.states import State
from tests.integration.slack.door.house import HOUR, House

pytestmark = pytest.mark.usefixtures("door")


async def test_approve_grants_and_is_answered_to_the_approver_alone(house: House) -> None:
    mapping = await house.requested()
    clicked = await house.bob.click(await house.draw(mapping), buttons.APPROVE)
    assert clicked.acked
    assert (await clicked.reply("api-0")).ephemeral_to == house.bob.id
    granted = await house.now(mapping)
    assert granted.state is State.APPROVED
    assert [vote.person for vote in granted.votes] == [house.person(house.bob)]


async def test_deny_ends_the_request(house: House) -> None:
    mapping = await house.requested()
    await (await house.bob.click(await house.draw(mapping), buttons.DENY)).reply()
    assert (await house.now(mapping)).state is State.DENIED


async def test_close_cuts(house: House) -> None:
    mapping = await house.opened()
    await (await house.alice.click(await house.draw(mapping), buttons.CLOSE)).reply()
    assert (await house.now(mapping)).state is State.CLOSING


async def test_retry_tries_an_approved_one_again(house: House) -> None:
    mapping = await house.requested("sandbox")
    await (await house.alice.click(await house.draw(mapping), buttons.RETRY)).reply()
    assert house.audit()[-1] == "retry"


@pytest.mark.parametrize("step", [0, 1])
async def test_each_extend_button_has_its_own_length(house: House, step: int) -> None:
    mapping = await house.opened()
    await (await house.alice.click(await house.draw(mapping), extend_action(step))).reply()
    assert mapping.expires_at
    assert (await house.now(mapping)).expires_at == mapping.expires_at + timedelta(minutes=30) * (step + 1)


@pytest.mark.parametrize("answer", [buttons.APPROVE_EXTENSION, buttons.DENY_EXTENSION])
async def test_others_decide_about_more_time_where_the_rule_says_so(house: House, answer: str) -> None:
    mapping = await house.opened("careful")
    await (await house.alice.click(await house.draw(mapping), extend_action(0))).reply()
    asked = await house.now(mapping)
    assert asked.extension
    await (await house.bob.click(await house.draw(asked), answer)).reply()
    assert mapping.expires_at
    more = HOUR / 2 if answer == buttons.APPROVE_EXTENSION else timedelta()
    assert (await house.now(mapping)).expires_at == mapping.expires_at + more


async def test_nobody_approves_their_own(house: House) -> None:
    mapping = await house.requested()
    await (await house.alice.click(await house.draw(mapping), buttons.APPROVE)).reply("own")
    assert (await house.now(mapping)).state is State.REQUESTED
    assert house.audit()[-1] == "refused:approve"


async def test_the_slower_of_two_is_told_who_was_first(house: House) -> None:
    mapping = await house.requested()
    card = await house.draw(mapping)
    await (await house.bob.click(card, buttons.APPROVE)).reply()
    late = await house.carol.click(card, buttons.DENY)
    assert house.bob.id in (await late.reply()).text
    assert (await house.now(mapping)).state is State.APPROVED


async def test_a_button_for_other_terms_is_refused(house: House) -> None:
    mapping = await house.opened()
    card = await house.draw(mapping)
    for _ in range(2):
        await (await house.alice.click(card, extend_action(0))).reply()
    assert mapping.expires_at
    assert (await house.now(mapping)).expires_at == mapping.expires_at + HOUR / 2


async def test_a_click_in_a_thread_is_answered_there(house: House) -> None:
    mapping = await house.opened()
    card = await house.draw(mapping)
    warning = await house.draw(mapping, thread_ts=card.ts)
    reply = await (await house.alice.click(warning, extend_action(0))).reply()
    assert (reply.thread_ts, reply.ephemeral_to) == (card.ts, house.alice.id)


async def test_the_message_that_was_clicked_stays_as_it_was(house: House) -> None:
    mapping = await house.requested()
    card = await house.draw(mapping)
    await (await house.bob.click(card, buttons.APPROVE)).reply()
    assert not card.edited
    assert not card.deleted


async def test_a_guest_decides_nothing(house: House) -> None:
    mapping = await house.requested()
    guest = house.let_in("guest", Standing.GUEST)
    house.channel.members.add(guest.id)
    await (await guest.click(await house.draw(mapping), buttons.APPROVE)).reply("guest")
    assert (await house.now(mapping)).state is State.REQUESTED


@pytest.mark.parametrize("value", ["m1", "1/1", "m1/1/x", "approve everything", "m1/1; drop", "m" + "9" * 200])
async def test_a_forged_value_does_nothing_and_is_told(house: House, value: str) -> None:
    mapping = await house.requested()
    forged = await house.bob.click(await house.draw(mapping), buttons.APPROVE, value=value)
    assert forged.acked
    await forged.reply("another version")
    assert (await house.now(mapping)).state is State.REQUESTED


@pytest.mark.parametrize("value", ["m1/1", "m1/1/0"])
async def test_an_extension_without_a_length_is_none(house: House, value: str) -> None:
    mapping = await house.opened()
    forged = await house.alice.click(await house.draw(mapping), extend_action(0), value=value)
    await forged.reply("another version")
    assert (await house.now(mapping)).expires_at == mapping.expires_at


async def test_a_forged_value_gives_no_more_than_the_person_may(house: House) -> None:
    theirs = await house.opened()
    forged = await house.carol.click(await house.draw(theirs), extend_action(0), value=f"m{theirs.id}/1/999999")
    await forged.reply()
    own = await house.alice.click(await house.draw(theirs), extend_action(0), value=f"m{theirs.id}/1/999999")
    await own.reply("3h")
    assert (await house.now(theirs)).expires_at == theirs.expires_at


async def test_a_button_of_a_mapping_that_is_not_there_is_told(house: House) -> None:
    card: Message = await house.draw_values(MappingId(4711), Terms(1))
    for action in (buttons.APPROVE, buttons.DENY, buttons.CLOSE, buttons.RETRY, extend_action(0)):
        await (await house.bob.click(card, action)).reply("m4711")


async def test_an_unknown_button_is_acknowledged_and_told(house: House) -> None:
    clicked = await house.bob.click(await house.draw(await house.requested()), "from_another_version")
    assert clicked.acked
    await clicked.reply("another version")
