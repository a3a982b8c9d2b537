from dataclasses import replace
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.pace import USUAL
from core.domain.errors import ClusterForbidden, ClusterUnauthorized
from core.domain.target import PodRef
from tests.contract.cluster.hands import ApiHands, a_pod, eventually, is_exactly
from tests.integration.kubernetes.conftest import Look
from tests.integration.kubernetes.roles import grant
from tests.real_parts import KubeApi
from tests.real_parts.kubernetes import BOT, NOBODY


async def test_a_token_that_is_not_accepted_is_told_as_401(kube_api: KubeApi, tmp_path: Path) -> None:
    stranger = replace(kube_api, tokens={**kube_api.tokens, BOT: "made-up"})
    path = stranger.write_kubeconfig(tmp_path / "kubeconfig", BOT)
    async with KubernetesCluster(Credentials(str(path))) as cluster:
        with pytest.raises(ClusterUnauthorized):
            await cluster.pod(PodRef("default", "api-0"))
        with pytest.raises(ClusterUnauthorized):
            await cluster.check()


async def test_a_missing_permission_is_told_with_its_verb_and_namespace(kube_api: KubeApi, tmp_path: Path) -> None:
    path = kube_api.write_kubeconfig(tmp_path / "kubeconfig", NOBODY)
    async with KubernetesCluster(Credentials(str(path))) as cluster:
        with pytest.raises(ClusterForbidden) as reading:
            await cluster.pod(PodRef("default", "api-0"))
        with pytest.raises(ClusterForbidden) as listing:
            await cluster.pods("default")
    told = [(error.value.verb, error.value.resource, error.value.namespace) for error in (reading, listing)]
    assert told == [("get", "pods", "default"), ("list", "pods", "default")]


async def test_a_watch_that_is_not_permitted_names_watch_and_begins_once_it_is(
    kube_api: KubeApi, hands: ApiHands, tmp_path: Path, look: Look
) -> None:
    allowed, other = await hands.namespace(), await hands.namespace()
    await grant(hands, allowed, BOT, ["list"])
    pods = [await hands.create(a_pod(namespace)) for namespace in (allowed, other)]
    path = kube_api.write_kubeconfig(tmp_path / "kubeconfig", BOT)
    pace = replace(USUAL, first_pause=0.1, longest_pause=0.2)
    async with KubernetesCluster(Credentials(str(path)), pace=pace) as cluster:
        onlooker = look(cluster)
        cluster.follow([pod.ref for pod in pods])
        await eventually(lambda: len(cluster.troubles) == 2)
        troubles = [cluster.troubles[namespace] for namespace in (allowed, other)]
        assert [trouble.verb for trouble in troubles if isinstance(trouble, ClusterForbidden)] == ["watch", "list"]
        await grant(hands, other, BOT, ["list", "watch"])
        await onlooker.sees(pods[1].ref, is_exactly(pods[1]))
        await eventually(lambda: set(cluster.troubles) == {allowed})


async def test_the_missing_permissions_are_told_for_each_namespace(
    kube_api: KubeApi, hands: ApiHands, tmp_path: Path
) -> None:
    whole, part, none = [await hands.namespace() for _ in range(3)]
    await grant(hands, whole, BOT, ["get", "list", "watch"])
    await grant(hands, part, BOT, ["get", "list"])
    path = kube_api.write_kubeconfig(tmp_path / "kubeconfig", BOT)
    async with KubernetesCluster(Credentials(str(path))) as cluster:
        missing = await cluster.missing_permissions([whole, part, none, ""])
    assert [str(each) for each in missing] == [
        f"watch pods in {part}",
        *(f"{verb} pods in {none}" for verb in ("get", "list", "watch")),
        *(f"{verb} pods in all namespaces" for verb in ("get", "list", "watch")),
    ]
