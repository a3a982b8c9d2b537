from ipaddress import ip_address

import pytest

from core.domain.errors import PodNotFound
from core.domain.pod import ContainerPort, Phase
from core.domain.target import PodRef
from core.interfaces import Cluster
from tests.contract.cluster.hands import Hands, a_pod


async def test_a_pod_is_found_with_all_its_fields(cluster: Cluster, hands: Hands) -> None:
    ports = (ContainerPort(8080, "http"), ContainerPort(5005, "debug"))
    made = await hands.create(a_pod(await hands.namespace(), address=ip_address("127.0.0.5"), ports=ports))
    assert made.uid
    assert await cluster.pod(made.ref) == made


async def test_a_pod_on_the_network_of_its_node_says_so(cluster: Cluster, hands: Hands) -> None:
    made = await hands.create(a_pod(await hands.namespace(), address=ip_address("10.0.0.1"), host_network=True))
    assert (await cluster.pod(made.ref)).host_network


async def test_a_pod_with_an_address_of_version_6_is_found(cluster: Cluster, hands: Hands) -> None:
    made = await hands.create(a_pod(await hands.namespace(), address=ip_address("fd00::5")))
    assert (await cluster.pod(made.ref)).address == ip_address("fd00::5")


async def test_a_pending_pod_has_no_address(cluster: Cluster, hands: Hands) -> None:
    made = await hands.create(a_pod(await hands.namespace(), phase=Phase.PENDING, ready=False))
    found = await cluster.pod(made.ref)
    assert (found.phase, found.address, found.ready, found.finished) == (Phase.PENDING, None, False, False)


async def test_a_pod_that_is_not_there_is_not_found(cluster: Cluster, hands: Hands) -> None:
    ref = PodRef(await hands.namespace(), "nobody")
    with pytest.raises(PodNotFound) as caught:
        await cluster.pod(ref)
    assert (caught.value.namespace, caught.value.name) == (ref.namespace, ref.name)


async def test_the_pods_of_one_namespace_are_listed_by_name(cluster: Cluster, hands: Hands) -> None:
    mine, other = await hands.namespace(), await hands.namespace()
    made = {name: await hands.create(a_pod(mine, name)) for name in ("web-1", "api-0", "db-0")}
    await hands.create(a_pod(other, "stranger"))
    assert list(await cluster.pods(mine)) == [made["api-0"], made["db-0"], made["web-1"]]


async def test_a_namespace_without_pods_has_an_empty_list(cluster: Cluster, hands: Hands) -> None:
    assert list(await cluster.pods(await hands.namespace())) == []
