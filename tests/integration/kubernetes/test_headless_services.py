from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.domain.service import Catalogue, Service, ServiceRef
from core.domain.target import Endpoint, PodUid
from tests.contract.cluster.hands import ApiHands
from tests.contract.services.hands import ApiServiceHands, Reader, exactly
from tests.integration.kubernetes.conftest import Read
from tests.integration.kubernetes.slices import Member, slices_path, write_slice
from tests.real_parts import KubeApi

FIRST, SECOND = Member("db-0", "10.0.0.5"), Member("db-1", "10.0.0.6")
HEADLESS: Final = "None"


@dataclass
class Scene:
    """A headless Service with two pods behind it, followed and seen."""

    hands: ApiHands
    reader: Reader
    service: Service

    async def behind_it(self, *members: Member, port: int = 5432) -> None:
        await write_slice(self.hands, self.service.ref, members, port)

    def leads(self, to: Member | None, port: int = 5432) -> Callable[[Catalogue], bool]:
        endpoint = Endpoint(ip_address(to.address), port, PodUid(f"uid-{to.name}")) if to else None
        return exactly(replace(self.service, endpoint=endpoint))


@pytest.fixture
async def scene(kube_api: KubeApi, hands: ApiHands, service_hands: ApiServiceHands, read: Read) -> AsyncIterator[Scene]:
    made = await service_hands.create(ServiceRef(await hands.namespace(), "db"), clusterIP=HEADLESS)
    assert made.headless
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        scene = Scene(hands, read(cluster), made)
        await scene.behind_it(SECOND, FIRST)
        cluster.follow_services([made.ref.namespace], "debug")
        await scene.reader.sees(scene.leads(FIRST))
        yield scene


async def test_a_headless_service_is_never_told_before_what_is_behind_it_was_read(scene: Scene) -> None:
    assert scene.reader.pictures[0].services == scene.reader.last.services


async def test_the_pod_is_kept_while_it_is_ready_and_another_takes_its_place_when_it_is_not(scene: Scene) -> None:
    await scene.behind_it(replace(FIRST, ready=False), SECOND)
    await scene.reader.sees(scene.leads(SECOND))
    await scene.behind_it(FIRST, SECOND)
    await scene.behind_it(FIRST, SECOND, port=6006)
    await scene.reader.sees(scene.leads(SECOND, 6006))
    assert not any(scene.leads(FIRST)(picture) for picture in scene.reader.pictures[1:])


async def test_the_port_of_the_pods_is_told_and_not_that_of_the_service(scene: Scene) -> None:
    await scene.behind_it(FIRST, port=7007)
    await scene.reader.sees(scene.leads(FIRST, 7007))


async def test_a_service_without_a_ready_pod_stays_and_leads_nowhere(scene: Scene) -> None:
    await scene.behind_it(replace(FIRST, ready=False))
    await scene.reader.sees(scene.leads(None))
    answer = await scene.hands.client.delete(f"{slices_path(scene.service.ref.namespace)}/db-ipv4")
    answer.raise_for_status()
    third = Member("db-2", "fd00::7")
    await scene.behind_it(third)
    await scene.reader.sees(scene.leads(third))


async def test_a_headless_service_that_is_deleted_is_gone(scene: Scene, service_hands: ApiServiceHands) -> None:
    await service_hands.delete(scene.service.ref)
    await scene.reader.sees(exactly())
    other = await service_hands.create(scene.service.ref)
    await scene.reader.sees(exactly(other))


async def test_one_that_comes_later_is_looked_behind_as_well(scene: Scene, service_hands: ApiServiceHands) -> None:
    await service_hands.delete(scene.service.ref)
    await scene.reader.sees(exactly())
    scene.service = await service_hands.create(scene.service.ref, clusterIP=HEADLESS)
    await scene.reader.sees(scene.leads(FIRST))


async def test_where_it_led_before_is_kept_by_another_process_though_another_pod_would_come_first(
    scene: Scene, kube_api: KubeApi, read: Read
) -> None:
    ref, before = scene.service.ref, Endpoint(ip_address(SECOND.address), 5432, PodUid(f"uid-{SECOND.name}"))
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as other:
        other.follow_services([ref.namespace], "debug", {ref: before})
        reader = read(other)
        await reader.sees(scene.leads(SECOND))
        assert len(reader.pictures) == 1
