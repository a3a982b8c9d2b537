import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.domain.service import Service, ServiceRef
from tests.contract.cluster.hands import eventually
from tests.contract.services.hands import ApiServiceHands, Reader, exactly, nothing_in
from tests.integration.kubernetes.conftest import Read
from tests.integration.kubernetes.relay import Relay, through_relay
from tests.real_parts import KubeApi


@dataclass
class Scene:
    relay: Relay
    cluster: KubernetesCluster
    reader: Reader
    service: Service


@pytest.fixture
async def scene(kube_api: KubeApi, service_hands: ApiServiceHands, tmp_path: Path, read: Read) -> AsyncIterator[Scene]:
    """A followed Service on the real API server, seen through a relay."""
    made = await service_hands.create(ServiceRef(await service_hands.namespace(), "api"))
    async with through_relay(kube_api, tmp_path) as (relay, cluster):
        reader = read(cluster)
        cluster.follow_services([made.ref.namespace], "debug")
        await reader.sees(exactly(made))
        reader.pictures.clear()
        yield Scene(relay, cluster, reader, made)


async def test_services_stay_as_they_were_seen_while_the_server_is_dead_and_are_told_anew_when_it_is_back(
    scene: Scene, service_hands: ApiServiceHands
) -> None:
    namespace = scene.service.ref.namespace
    await scene.relay.stop()
    await service_hands.delete(scene.service.ref)
    await eventually(lambda: list(scene.cluster.troubles) == [f"services in {namespace}"])
    await asyncio.sleep(1)
    assert scene.reader.pictures == []
    await scene.relay.start()
    await scene.reader.sees(nothing_in(namespace))
    await eventually(lambda: not scene.cluster.troubles)


async def test_a_namespace_that_was_not_read_before_the_server_died_is_not_known(
    scene: Scene, service_hands: ApiServiceHands
) -> None:
    other = await service_hands.create(ServiceRef(await service_hands.namespace(), "web"))
    await scene.relay.stop()
    scene.cluster.follow_services([scene.service.ref.namespace, other.ref.namespace], "debug")
    await eventually(lambda: len(scene.cluster.troubles) == 2)
    assert scene.reader.pictures == []
    await scene.relay.start()
    await scene.reader.sees(exactly(scene.service, other))


async def test_a_server_that_hangs_is_noticed_and_what_was_missed_is_told(
    scene: Scene, service_hands: ApiServiceHands
) -> None:
    scene.relay.freeze()
    changed = await service_hands.change_port(scene.service, 6006)
    await eventually(lambda: bool(scene.cluster.troubles))
    scene.relay.thaw()
    await scene.reader.sees(exactly(changed))
