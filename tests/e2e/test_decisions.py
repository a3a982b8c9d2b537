"""Who decides, who may not, and what each of them sees."""

import asyncio
from datetime import timedelta

from bot.workspace.hands.answer import Answer
from bot.workspace.hands.person import Person
from bot.workspace.messages import Message
from tests.e2e.rig import PATIENCE, Rig, end_of
from tests.e2e.rules import policy

REQUEST = "pod payments/api-0 30s"


async def _clicks(who: Person, card: Message, button: str, words: str, version: int = -1) -> Message:
    """Click, and wait for an answer that says this."""
    answer = await who.click(card, button, version=version)
    assert answer.acked
    return await answer.reply(words, within=PATIENCE)


async def _types(rig: Rig, who: Person, text: str) -> Answer:
    answer = await who.command("/proxy", text, channel=rig.channel)
    assert answer.acked
    return answer


def _drawn_with(card: Message, button: str) -> int:
    """Which version of a card was the first with a button."""
    return next(number for number, version in enumerate(card.history) if button in str(version.content.blocks))


async def test_two_approvals_are_those_of_two_people_and_never_the_requesters(rig: Rig) -> None:
    rig.write(policy=policy(rig, "namespaces: [payments], approvals: 2"))
    async with rig.bot():
        card = await rig.request(REQUEST, who=rig.carol)
        await _clicks(rig.carol, card, "Approve", "your own request, whatever your role")
        await _clicks(rig.bob, card, "Approve", "1 more approval by others to go")
        await rig.shows(card, "1 more approval")
        refused = await _clicks(rig.bob, card, "Approve", "counts already")
        assert "1 more approval by others" in refused.text
        opened = await rig.approve(card, by=rig.alice)
        async with opened.call():
            assert f"approved by <@{rig.bob.id}> and <@{rig.alice.id}>" in card.text
        await rig.channel.message(opened.replies("Approval 1 of 2"))
        late = await _clicks(rig.bob, card, "Deny", "is approved already", version=0)
        assert f"by <@{rig.bob.id}> and <@{rig.alice.id}>" in late.text


async def _decide_at_once(rig: Rig, card: Message) -> None:
    approval, denial = await asyncio.gather(rig.bob.click(card, "Approve"), rig.carol.click(card, "Deny"))
    await rig.workspace.until(lambda: "Approve" not in str(card.blocks), within=PATIENCE)
    if "was denied" in card.text:
        await denial.reply("is denied")
        assert f"denied by <@{rig.carol.id}>" in (await approval.reply("is over already")).text
    else:
        await approval.reply("is approved")
        assert f"by <@{rig.bob.id}>" in (await denial.reply("is approved already")).text


async def test_of_two_who_decide_at_once_one_is_first_and_the_other_is_told(rig: Rig) -> None:
    async with rig.bot():
        for number in (1, 2, 3):
            await _decide_at_once(rig, await rig.request(f"{REQUEST} from 127.0.0.{number}"))


async def test_without_approvals_it_opens_at_once_and_more_time_may_need_one_all_the_same(rig: Rig) -> None:
    rig.write(policy=policy(rig, "namespaces: [payments], approvals: 0, extension_approvals: 1"))
    async with rig.bot():
        await _types(rig, rig.alice, REQUEST)
        card = await rig.channel.message(lambda m: not m.is_reply and "127.0.0.1:" in m.text, within=PATIENCE)
        end = end_of(card)
        await _clicks(rig.alice, card, "Extend 5s", "needs 1 approval by somebody else")
        await rig.shows(card, "asks for 5s more")
        await _clicks(rig.alice, card, "Approve 5s more", "your own request")
        await _clicks(rig.bob, card, "Deny 5s more", "No more time")
        await rig.alice.dm("said no to 5s more", within=PATIENCE)
        await rig.workspace.until(lambda: "Extend" in str(card.blocks), within=PATIENCE)
        assert end_of(card) == end
        await _clicks(rig.alice, card, "Extend 10s", "Asked for 10s more")
        await rig.shows(card, "asks for 10s more")
        await _clicks(rig.bob, card, "Approve 10s more", "it ends")
        await rig.ends(card, end + timedelta(seconds=10))


async def test_a_group_decides_for_as_long_as_one_is_in_it_and_others_are_told_who_could(rig: Rig) -> None:
    dave, sre = rig.workspace.add_user("dave"), rig.workspace.add_group("sre", members=[rig.bob])
    rig.channel.members.add(dave.id)
    people = f"requesters: {{users: [{rig.alice.id}]}}, approvers: {{groups: [{sre.id}]}}"
    rig.write(policy=policy(rig, f"namespaces: [payments], {people}"))
    async with rig.bot():
        card = await rig.request(REQUEST)
        for who, button in ((dave, "Approve"), (dave, "Deny"), (rig.carol, "Approve")):
            assert f"<!subteam^{sre.id}>" in (await _clicks(who, card, button, "Who can")).text
        refused = await (await _types(rig, dave, "close m1")).reply("You cannot close this")
        assert all(who in refused.text for who in (rig.alice.id, rig.carol.id, sre.id))
        asked = await (await _types(rig, dave, REQUEST)).reply("You cannot ask for targets")
        assert f"Who can: <@{rig.alice.id}>" in asked.text
        await rig.workspace.set_members(sre, [dave])
        await _clicks(rig.bob, card, "Approve", "Who can")
        opened = await rig.approve(card, by=dave)
        async with opened.call() as caller:
            await _clicks(dave, card, "Close", "is closing")
            await caller.is_cut(within=5)
        told = await rig.alice.dm("closed", within=PATIENCE)
        assert f"<@{dave.id}> closed" in told.text


async def test_what_is_denied_or_withdrawn_is_over_and_whoever_did_not_do_it_hears_of_it(rig: Rig) -> None:
    async with rig.bot():
        denied = await rig.request(REQUEST)
        await _clicks(rig.bob, denied, "Deny", "is denied")
        await rig.alice.dm(f"<@{rig.bob.id}> denied your request", within=PATIENCE)
        await rig.shows(denied, "was denied")
        own = await rig.request(REQUEST)
        await (await _types(rig, rig.alice, "close m2")).reply("is withdrawn")
        await rig.shows(own, "was withdrawn")
        late = await _clicks(rig.bob, own, "Approve", "over already", version=0)
        assert f"withdrawn by <@{rig.alice.id}>" in late.text
        operators = await rig.request(REQUEST)
        await (await _types(rig, rig.carol, "close m3")).reply("is withdrawn")
        await rig.alice.dm(f"<@{rig.carol.id}> withdrew your request", within=PATIENCE)
        await rig.shows(operators, "was withdrawn")
        assert not any(block["type"] == "actions" for card in (denied, own, operators) for block in card.blocks)
        assert len(rig.alice.app_dm.messages) == 2


async def test_extend_goes_stale_and_close_never_does(rig: Rig) -> None:
    async with rig.bot():
        opened = await rig.open(REQUEST)
        drawn = _drawn_with(opened.card, "Extend")
        await _clicks(rig.alice, opened.card, "Extend 5s", "5s more", version=drawn)
        refused = await _clicks(rig.alice, opened.card, "Extend 10s", "has changed", version=drawn)
        assert "By now it ends" in refused.text
        await rig.ends(opened.card, opened.end + timedelta(seconds=5))
        await _clicks(rig.alice, opened.card, "Close", "is closing", version=drawn)
        await rig.shows(opened.card, "is closed")


async def test_the_same_wish_brings_back_what_is_there_and_other_callers_are_another_wish(rig: Rig) -> None:
    async with rig.bot():
        opened = await rig.open(f"{REQUEST} from 127.0.0.1")
        again = await (await _types(rig, rig.alice, "pod payments/api-0:debug from 127.0.0.1 2m")).reply("already")
        assert f"127.0.0.1:{opened.port}" in again.text
        await _clicks(rig.alice, again, "Extend 5s", "5s more")
        await rig.channel.message(opened.replies("5s more"), within=PATIENCE)
        await rig.request(f"{REQUEST} from 127.0.0.2")
        await (await _types(rig, rig.alice, f"{REQUEST} from 127.0.0.2")).reply("You have asked for")
        await rig.request(f"{REQUEST} from 127.0.0.1", who=rig.bob)
        assert len(rig.channel.roots) == 3


async def test_a_card_decided_in_the_approvers_channel_is_decided_in_both(rig: Rig) -> None:
    approvers = rig.workspace.add_channel("approvers", members=[rig.bob])
    rig.write(policy=policy(rig, f"namespaces: [payments], approvers_channel: {approvers.id}, mention: here"))
    async with rig.bot():
        card = await rig.request(REQUEST)
        copy = await approvers.message("Approve", within=PATIENCE)
        assert f"asked in <#{rig.channel.id}>" in copy.text
        await _clicks(rig.bob, copy, "Approve", "is approved")
        await rig.shows(card, "127.0.0.1:")
        await rig.shows(copy, "127.0.0.1:")
        await _clicks(rig.bob, copy, "Close", "is closing")
        await rig.shows(card, "is closed")
        await rig.shows(copy, "is closed")
        told = [*approvers.messages, *rig.channel.messages, *rig.alice.app_dm.messages]
        mentioned = [version for message in told for version in message.history if "<!here>" in version.content.text]
        assert mentioned == [copy.history[0]]
        assert approvers.messages == [copy]
