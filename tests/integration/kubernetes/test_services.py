import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.domain.service import ServiceRef
from tests.contract.services.hands import ApiServiceHands, Reader, exactly
from tests.integration.kubernetes.conftest import Read
from tests.real_parts import KubeApi

MANY = 1_000


@pytest.fixture
async def cluster(kube_api: KubeApi) -> AsyncIterator[KubernetesCluster]:
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        yield cluster


@pytest.fixture
async def reader(cluster: KubernetesCluster, read: Read) -> Reader:
    return read(cluster)


async def test_defect_10_a_services_new_port_and_new_cluster_ip_are_followed(
    cluster: KubernetesCluster, service_hands: ApiServiceHands, reader: Reader
) -> None:
    made = await service_hands.create(ServiceRef(await service_hands.namespace(), "api"))
    cluster.follow_services([made.ref.namespace], "debug")
    await reader.sees(exactly(made))
    moved = await service_hands.change_port(made, 6006)
    await reader.sees(exactly(moved))
    await service_hands.delete(made.ref)
    other = await service_hands.create(made.ref, 6006)
    assert other.endpoint is not None
    assert made.endpoint is not None
    assert other.endpoint.address != made.endpoint.address
    await reader.sees(exactly(other))


async def test_only_what_has_a_cluster_ip_and_the_port_by_tcp_is_told(
    cluster: KubernetesCluster, service_hands: ApiServiceHands, reader: Reader
) -> None:
    namespace = await service_hands.namespace()
    plain = await service_hands.create(ServiceRef(namespace, "plain"))
    outside = await service_hands.create(ServiceRef(namespace, "outside"), type="NodePort")
    await service_hands.create(ServiceRef(namespace, "elsewhere"), type="ExternalName", externalName="db.example.com")
    await service_hands.create(ServiceRef(namespace, "udp"), ports=[{"name": "debug", "port": 1, "protocol": "UDP"}])
    cluster.follow_services([namespace], "debug")
    await reader.sees(exactly(plain, outside))
    for service in (plain, outside):
        assert service.endpoint is not None
        assert service.endpoint.address in ip_network("10.96.0.0/16")


async def test_a_port_that_two_services_share_by_name_is_each_ones_own(
    cluster: KubernetesCluster, service_hands: ApiServiceHands, reader: Reader
) -> None:
    names = [await service_hands.namespace() for _ in range(2)]
    made = [await service_hands.create(ServiceRef(namespace, "api"), 5000 + n) for n, namespace in enumerate(names)]
    cluster.follow_services(names, "debug")
    await reader.sees(exactly(*made))


async def test_a_thousand_services_are_told_together(
    cluster: KubernetesCluster, service_hands: ApiServiceHands, reader: Reader
) -> None:
    namespace = await service_hands.namespace()
    at_once = asyncio.Semaphore(20)

    async def create(number: int) -> ServiceRef:
        async with at_once:
            return (await service_hands.create(ServiceRef(namespace, f"api-{number}"))).ref

    refs = await asyncio.gather(*(create(number) for number in range(MANY)))
    cluster.follow_services([namespace], "debug")
    await reader.sees(lambda picture: picture.services.keys() == set(refs))
    assert len(reader.pictures) == 1
    await service_hands.delete(refs[0])
    await reader.sees(lambda picture: len(picture.services) == MANY - 1)
