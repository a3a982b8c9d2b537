"""The policy's file is changed while the bot runs."""

import asyncio

from bot.demo.process import BotProcess
from tests.e2e.doors import until_ready_says
from tests.e2e.rig import PATIENCE, Rig
from tests.e2e.rules import policy

BROKEN = "rules:\n  - namespaces: [payments]\n    approvals: many\n"


async def _comes_into_force(rig: Rig, bot: BotProcess, text: str) -> None:
    def read() -> int:
        return bot.log.read_text().count("event=policy.read ")

    before = read()
    rig.write(policy=text)
    async with asyncio.timeout(PATIENCE):
        while read() == before:  # noqa: ASYNC110 - another process reads it
            await asyncio.sleep(0.1)


async def test_a_changed_policy_counts_from_the_next_decision_and_a_broken_one_never(rig: Rig) -> None:
    rig.write(policy=policy(rig, "namespaces: [payments]"))
    async with rig.bot():
        opened = await rig.open("pod payments/api-0 2m")
        waiting = await rig.request("pod payments/api-0 30s from 127.0.0.1")
        rig.write(policy=BROKEN)
        await until_ready_says(rig.rest_port, "policy", lambda policy: not policy.ok and "line 3" in policy.detail)
        await rig.approve(await rig.request("pod payments/api-0 30s from 127.0.0.2"))
        rig.write(policy=policy(rig, "namespaces: [payments], approvals: 2"))
        await until_ready_says(rig.rest_port, "policy", lambda policy: policy.ok)
        await (await rig.bob.click(waiting, "Approve")).reply("1 more approval by others to go", within=PATIENCE)
        await rig.approve(waiting, by=rig.carol)
        async with opened.call() as caller:
            assert await caller.says("unharmed") == "api-0: unharmed"


async def test_what_no_rule_covers_any_more_ends_in_its_time_and_gets_no_more(rig: Rig) -> None:
    async with rig.bot() as bot:
        opened = await rig.open("pod payments/api-0 1m")
        waiting = await rig.request("pod payments/api-0 30s from 127.0.0.1")
        await _comes_into_force(rig, bot, policy(rig, "namespaces: [orders]"))
        await (await rig.bob.click(waiting, "Approve")).reply("Nobody can", within=PATIENCE)
        await (await rig.alice.click(opened.card, "Extend 5s")).reply("No rule of the policy covers", within=PATIENCE)
        again = await rig.alice.command("/proxy", "pod payments/worker-0", channel=rig.channel)
        await again.reply("No rule of the policy covers it", within=PATIENCE)
        async with opened.call() as caller:
            await (await rig.alice.click(opened.card, "Close")).reply("is closing", within=PATIENCE)
            await caller.is_cut(within=5)
        await rig.carol.command("/proxy", "close m2", channel=rig.channel)
        await rig.shows(waiting, "was withdrawn")
