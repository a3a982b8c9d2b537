"""Roles that lack something of what Services take."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.pace import USUAL
from core.domain.errors import ClusterForbidden
from core.domain.service import ServiceRef
from tests.contract.cluster.hands import ApiHands, eventually
from tests.contract.services.hands import ApiServiceHands, Reader, exactly
from tests.integration.kubernetes.conftest import Read
from tests.integration.kubernetes.roles import grant
from tests.real_parts import KubeApi
from tests.real_parts.kubernetes import BOT

BOTH = ("list", "watch")


@dataclass
class Scene:
    cluster: KubernetesCluster
    reader: Reader

    @property
    def refused(self) -> dict[str, str]:
        """What it says is missing: the verb, by what is not watched."""
        return {
            what: error.verb for what, error in self.cluster.troubles.items() if isinstance(error, ClusterForbidden)
        }


@pytest.fixture
async def scene(kube_api: KubeApi, tmp_path: Path, read: Read) -> AsyncIterator[Scene]:
    """As a user who may do nothing until a test says so."""
    path = kube_api.write_kubeconfig(tmp_path / "kubeconfig", BOT)
    pace = replace(USUAL, first_pause=0.1, longest_pause=0.2)
    async with KubernetesCluster(Credentials(str(path)), pace=pace) as cluster:
        yield Scene(cluster, read(cluster))


async def test_defect_12_a_role_that_lacks_services_is_named_and_not_silent(
    scene: Scene, hands: ApiHands, service_hands: ApiServiceHands
) -> None:
    made = await service_hands.create(ServiceRef(await hands.namespace(), "api"))
    namespace = made.ref.namespace
    await grant(hands, namespace, BOT, ["get", "list", "watch"])
    missing = await scene.cluster.missing_permissions([namespace], [namespace])
    assert [str(each) for each in missing] == [
        *(f"{verb} {resource} in {namespace}" for resource in ("services", "endpointslices") for verb in BOTH)
    ]
    scene.cluster.follow_services([namespace], "debug")
    await eventually(lambda: scene.refused == {f"services in {namespace}": "list"})
    assert scene.reader.pictures == []
    await grant(hands, namespace, BOT, BOTH, "services")
    await scene.reader.sees(exactly(made))
    await eventually(lambda: not scene.cluster.troubles)


async def test_a_forbidden_namespace_keeps_no_other_from_being_told(
    scene: Scene, hands: ApiHands, service_hands: ApiServiceHands
) -> None:
    allowed, forbidden = [await service_hands.create(ServiceRef(await hands.namespace(), "api")) for _ in range(2)]
    await grant(hands, allowed.ref.namespace, BOT, BOTH, "services")
    scene.cluster.follow_services([allowed.ref.namespace, forbidden.ref.namespace], "debug")
    await scene.reader.sees(exactly(allowed))
    assert scene.reader.last.known == {allowed.ref.namespace}
    await eventually(lambda: scene.refused == {f"services in {forbidden.ref.namespace}": "list"})
    await scene.reader.sees(exactly(await service_hands.change_port(allowed, 6006)))


async def test_endpointslices_that_are_forbidden_keep_no_other_service_from_being_told(
    scene: Scene, hands: ApiHands, service_hands: ApiServiceHands
) -> None:
    namespace = await hands.namespace()
    headless = await service_hands.create(ServiceRef(namespace, "db"), clusterIP="None")
    plain = await service_hands.create(ServiceRef(namespace, "api"))
    await grant(hands, namespace, BOT, BOTH, "services")
    scene.cluster.follow_services([namespace], "debug")
    await scene.reader.sees(exactly(plain, headless))
    assert scene.refused == {f"endpointslices in {namespace}": "list"}
    await grant(hands, namespace, BOT, BOTH, "endpointslices")
    await eventually(lambda: not scene.cluster.troubles)


async def test_with_the_verbs_that_are_listed_nothing_is_missing(scene: Scene, hands: ApiHands) -> None:
    namespace = await hands.namespace()
    await grant(hands, namespace, BOT, ["get", "list", "watch"])
    await grant(hands, namespace, BOT, BOTH, "services")
    await grant(hands, namespace, BOT, BOTH, "endpointslices")
    assert await scene.cluster.missing_permissions([namespace], [namespace]) == ()
