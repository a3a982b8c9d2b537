"""From a command to a port and back, through a bot in a process of its own."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from bot.demo.process import BotProcess
from tests.e2e.rig import PATIENCE, Rig, nobody_listens
from tests.real_parts import KubeApi, free_port

NAMESPACE = "e2e-payments"


async def _from_request_to_report(rig: Rig, target: str) -> None:
    opened = await rig.open(f"pod {target} 5s from 127.0.0.1 because I must")
    async with opened.call() as caller:
        cut = await caller.is_cut(within=PATIENCE)
    assert abs((cut - opened.end).total_seconds()) < 1
    report = await rig.channel.message(opened.replies("1 connection"))
    assert "127.0.0.1" in report.text
    assert await nobody_listens(opened.port)


async def test_over_socket_mode_a_request_becomes_a_port_that_is_cut_at_its_second(rig: Rig) -> None:
    async with rig.bot():
        await _from_request_to_report(rig, "payments/api-0:debug")


async def test_over_signed_http_a_request_becomes_a_port_that_is_cut_at_its_second(rig: Rig) -> None:
    async with rig.bot(sockets=0, slack_transport="http"):
        await _from_request_to_report(rig, "payments/api-0:debug")


async def test_an_unsigned_request_is_not_let_in(rig: Rig) -> None:
    async with rig.bot(sockets=0, slack_transport="http"), httpx.AsyncClient() as stranger:
        url = f"http://127.0.0.1:{rig.rest_port}/slack/events"
        for stamp, signature in ((b"0", b"v0=00"), (b"soon", b"v0=00"), (b"1", "v0=é".encode())):
            headers = {b"X-Slack-Request-Timestamp": stamp, b"X-Slack-Signature": signature}
            answer = await stranger.post(url, data={"command": "/proxy"}, headers=headers)
            assert answer.status_code == 401


@asynccontextmanager
async def _pod_in_the_cluster(api: KubeApi, port: int) -> AsyncIterator[httpx.AsyncClient]:
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    container = {"name": "app", "image": "none", "ports": [{"name": "debug", "containerPort": port}]}
    pod = {
        "metadata": {"name": "api-0", "namespace": NAMESPACE},
        "spec": {"nodeName": "none", "automountServiceAccountToken": False, "containers": [container]},
    }
    status = {
        "phase": "Running",
        "podIP": "127.0.0.1",
        "podIPs": [{"ip": "127.0.0.1"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    async with api.client() as client:
        (await client.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}})).read()
        (await client.post(pods, json=pod)).raise_for_status()
        merge = {"Content-Type": "application/merge-patch+json"}
        (await client.patch(f"{pods}/api-0/status", json={"status": status}, headers=merge)).raise_for_status()
        try:
            yield client
        finally:
            await client.delete(f"{pods}/api-0", params={"gracePeriodSeconds": "0"})


@pytest.fixture
def bot_in_the_cluster(rig: Rig, kube_api: KubeApi) -> AbstractAsyncContextManager[BotProcess]:
    return rig.bot(inventory=None, kubeconfig=kube_api.kubeconfig)


async def test_a_pod_of_a_real_cluster_is_reached_by_its_name(
    rig: Rig, kube_api: KubeApi, bot_in_the_cluster: AbstractAsyncContextManager[BotProcess]
) -> None:
    async with _pod_in_the_cluster(kube_api, rig.pod.port), bot_in_the_cluster:
        await _from_request_to_report(rig, f"{NAMESPACE}/api-0")


async def test_a_pod_that_is_deleted_takes_its_mapping_with_it(
    rig: Rig, kube_api: KubeApi, bot_in_the_cluster: AbstractAsyncContextManager[BotProcess]
) -> None:
    async with _pod_in_the_cluster(kube_api, rig.pod.port) as cluster, bot_in_the_cluster:
        opened = await rig.open(f"pod {NAMESPACE}/api-0 1m")
        async with opened.call() as caller:
            await cluster.delete(f"/api/v1/namespaces/{NAMESPACE}/pods/api-0", params={"gracePeriodSeconds": "0"})
            await caller.is_cut(within=5)
        await rig.channel.message(opened.replies("deleted"), within=PATIENCE)


async def test_two_bots_on_one_database_both_serve_and_the_second_takes_over(rig: Rig) -> None:
    async with rig.bot(stop_gateway=None) as first, rig.bot(sockets=3, name="second", listen_port=free_port()):
        opened = await rig.open("pod payments/api-0 8s")
        async with opened.call() as caller:
            await first.kill()
            cut = await caller.is_cut(within=PATIENCE)
        assert abs((cut - opened.end).total_seconds()) < 1
        await rig.channel.message(opened.replies("1 connection"), within=PATIENCE)
