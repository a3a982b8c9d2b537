import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.domain.errors import ClusterUnreachable
from core.domain.pod import Pod
from tests.contract.cluster.hands import ApiHands, Onlooker, a_pod, eventually, gone, is_exactly
from tests.integration.kubernetes.conftest import Look
from tests.integration.kubernetes.relay import Relay, through_relay
from tests.real_parts import KubeApi


@dataclass
class Scene:
    relay: Relay
    cluster: KubernetesCluster
    onlooker: Onlooker
    pod: Pod


@pytest.fixture
async def scene(kube_api: KubeApi, hands: ApiHands, tmp_path: Path, look: Look) -> AsyncIterator[Scene]:
    """A followed pod on the real API server, seen through a relay."""
    pod = await hands.create(a_pod(await hands.namespace(), address=ip_address("127.0.0.5")))
    async with through_relay(kube_api, tmp_path) as (relay, cluster):
        onlooker = look(cluster)
        cluster.follow([pod.ref])
        await onlooker.sees(pod.ref, is_exactly(pod))
        onlooker.forget()
        yield Scene(relay, cluster, onlooker, pod)


async def test_what_happened_while_the_server_was_dead_is_told_when_it_is_back(scene: Scene, hands: ApiHands) -> None:
    await scene.relay.stop()
    with pytest.raises(ClusterUnreachable):
        await scene.cluster.pod(scene.pod.ref)
    await hands.delete(scene.pod.ref)
    await asyncio.sleep(2)
    assert scene.onlooker.seen == []
    assert list(scene.cluster.troubles) == [scene.pod.ref.namespace]
    await scene.relay.start()
    await scene.onlooker.sees(scene.pod.ref, gone)
    await eventually(lambda: not scene.cluster.troubles)


async def test_a_server_that_hangs_fails_calls_at_their_deadline_and_is_followed_again_when_it_answers(
    scene: Scene, hands: ApiHands
) -> None:
    scene.relay.freeze()
    with pytest.raises(ClusterUnreachable):
        await scene.cluster.pod(scene.pod.ref)
    moved = replace(scene.pod, address=ip_address("127.0.0.6"))
    await hands.change(moved)
    await asyncio.sleep(4)
    assert list(scene.cluster.troubles) == [scene.pod.ref.namespace]
    scene.relay.thaw()
    await scene.onlooker.sees(scene.pod.ref, is_exactly(moved))
    assert await scene.cluster.pod(scene.pod.ref) == moved


async def test_an_unharmed_pod_is_never_told_as_gone_by_an_outage(scene: Scene) -> None:
    for _ in range(2):
        await scene.relay.stop()
        await asyncio.sleep(0.5)
        await scene.relay.start()
        await asyncio.sleep(1)
    assert all(pod == scene.pod for _, pod in scene.onlooker.seen)


async def test_watches_that_end_in_time_are_followed_by_others_and_nothing_is_told_twice(scene: Scene) -> None:
    await asyncio.sleep(4)
    assert scene.onlooker.seen == []
    assert scene.cluster.troubles == {}


async def test_a_cluster_that_is_away_at_the_start_is_no_reason_to_fail(
    kube_api: KubeApi, hands: ApiHands, tmp_path: Path, look: Look
) -> None:
    pod = await hands.create(a_pod(await hands.namespace()))
    async with through_relay(kube_api, tmp_path) as (relay, cluster):
        await relay.stop()
        cluster.follow([pod.ref])
        onlooker = look(cluster)
        await asyncio.sleep(0.5)
        await relay.start()
        await onlooker.sees(pod.ref, is_exactly(pod))
