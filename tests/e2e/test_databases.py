"""The whole path on PostgreSQL, and a bot that has the database before it has Slack."""

from datetime import timedelta

from tests.e2e.doors import read, until_ready_says
from tests.e2e.figures import until_figure
from tests.e2e.haproxy import hung
from tests.e2e.rig import PATIENCE, Rig
from tests.real_parts import free_port

RECONNECTING = 70.0
"""Seconds; the pauses between two tries grow."""


async def test_on_postgresql_two_bots_serve_and_the_second_takes_over(rig: Rig, postgres_url: str) -> None:
    url, standby = postgres_url.replace("+asyncpg", ""), free_port()
    async with (
        rig.bot(database_url=url, stop_gateway=None) as first,
        rig.bot(database_url=url, sockets=3, name="second", listen_port=standby),
    ):
        await until_ready_says(rig.rest_port, "engine", lambda engine: engine.detail == "converges")
        await until_ready_says(standby, "engine", lambda engine: engine.detail == "stands by")
        opened = await rig.open("pod payments/api-0 1m")
        async with opened.call() as caller:
            await first.kill()
            await until_ready_says(standby, "engine", lambda engine: engine.detail == "converges")
            await rig.alice.click(opened.card, "Extend 5s")
            await rig.ends(opened.card, opened.end + timedelta(seconds=5))
            assert await caller.says("still here") == "api-0: still here"
            brief = await rig.open("pod payments/api-0 3s from 127.0.0.1")
            async with brief.call() as another:
                cut = await another.is_cut(within=PATIENCE)
            assert abs((cut - brief.end).total_seconds()) < 1
            assert await caller.says("unharmed") == "api-0: unharmed"
            await rig.alice.click(opened.card, "Close")
            await caller.is_cut(within=5)
        for mapping in (opened, brief):
            await rig.channel.message(mapping.replies("1 connection"), within=PATIENCE)
        assert sum("1 connection" in message.text for message in rig.channel.messages if message.is_reply) == 2


async def test_started_while_slack_is_away_it_ends_what_is_due_and_lets_people_in_later(rig: Rig) -> None:
    async with rig.bot() as bot:
        opened = await rig.open("pod payments/api-0 20s")
        await bot.kill()
        rig.workspace.begin_outage()
        await bot.start()
        async with opened.call() as caller:
            await until_ready_says(rig.rest_port, "slack", lambda slack: not slack.ok and "Slack" in slack.detail)
            await until_ready_says(rig.rest_port, "engine", lambda engine: engine.detail == "converges")
            cut = await caller.is_cut(within=30)
        assert abs((cut - opened.end).total_seconds()) < 1
        await until_figure(rig.rest_port, "pod_proxier_cut_seconds_count", lambda count: count == 1)
        await until_figure(rig.rest_port, "pod_proxier_outbox_oldest_seconds", lambda seconds: seconds > 0)
        rig.workspace.end_outage()
        report = await rig.channel.message(opened.replies("1 connection"), within=RECONNECTING)
        assert "away" not in report.text
        await rig.workspace.connected(1, within=RECONNECTING)
        async with (await rig.open()).call():
            await until_ready_says(rig.rest_port, "slack", lambda slack: slack.ok)


async def test_probes_find_it_healthy_and_the_figures_move(rig: Rig) -> None:
    async with rig.bot():
        health = await read(rig.rest_port, "/health")
        assert (health.status_code, health.text) == (
            200,
            '{"code":10000,"msg":"operation succeeded","data":"pong"}',
        )
        opened = await rig.open("pod payments/api-0 1m")
        await until_figure(rig.rest_port, "pod_proxier_activation_seconds_count", lambda count: count == 1)
        await until_figure(rig.rest_port, "pod_proxier_mappings", lambda count: count == 1, state="open")
        with hung(rig.folder):
            await until_figure(rig.rest_port, "pod_proxier_gateway_errors_total", lambda count: count > 0)
            await until_ready_says(rig.rest_port, "gateway", lambda gateway: not gateway.ok)
        await until_ready_says(rig.rest_port, "gateway", lambda gateway: gateway.ok)
        await rig.alice.click(opened.card, "Close")
        await rig.shows(opened.card, "is closed")
        await until_figure(rig.rest_port, "pod_proxier_cut_seconds_count", lambda count: count == 1)
        await until_figure(rig.rest_port, "pod_proxier_mappings", lambda count: count == 0)
