import asyncio
from dataclasses import replace
from typing import Final

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.domain.pod import ContainerPort, Pod
from core.domain.target import PodRef, PodUid
from tests.contract.cluster.hands import ApiHands, a_pod, is_exactly, manifest
from tests.integration.kubernetes.conftest import Look
from tests.real_parts import KubeApi

MANY: Final = 510


async def crowd(hands: ApiHands) -> dict[PodRef, Pod]:
    """More pods than fit on a page, in one namespace."""
    namespace = await hands.namespace()
    at_once = asyncio.Semaphore(20)

    async def create(number: int) -> Pod:
        pod = a_pod(namespace, f"api-{number:03}", phase="Pending", ready=False)
        async with at_once:
            made = await hands.post(f"/api/v1/namespaces/{namespace}/pods", manifest(pod))
        return replace(pod, uid=PodUid(made["metadata"]["uid"]))

    pods = await asyncio.gather(*(create(number) for number in range(MANY)))
    return {pod.ref: pod for pod in pods}


async def test_a_namespace_of_several_pages_is_listed_and_followed_whole(
    kube_api: KubeApi, hands: ApiHands, look: Look
) -> None:
    pods = await crowd(hands)
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        first, *_, last = pods
        assert list(await cluster.pods(first.namespace)) == list(pods.values())
        onlooker = look(cluster)
        cluster.follow([first, last])
        for ref in (first, last):
            await onlooker.sees(ref, is_exactly(pods[ref]))
        assert len(onlooker.seen) == 2


async def test_a_sidecar_counts_among_the_ports_and_a_container_that_ends_does_not(
    kube_api: KubeApi, hands: ApiHands
) -> None:
    pod = a_pod(await hands.namespace(), ports=(ContainerPort(8080, "http"),))
    body = manifest(pod)
    assert isinstance(body["spec"], dict)
    body["spec"]["initContainers"] = [
        {"name": "agent", "image": "registry.invalid/a", "restartPolicy": "Always", "ports": [{"containerPort": 5005}]},
        {"name": "migrate", "image": "registry.invalid/b", "ports": [{"containerPort": 5006}]},
    ]
    await hands.post(f"/api/v1/namespaces/{pod.ref.namespace}/pods", body)
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        assert (await cluster.pod(pod.ref)).ports == (ContainerPort(8080, "http"), ContainerPort(5005))
