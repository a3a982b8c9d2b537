import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.connection import DEADLINE, Connection
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.name_board import NameBoard
from core.adapters.kubernetes.name_watcher import MOST_WATCHES, NameWatcher
from core.adapters.kubernetes.pace import USUAL
from core.domain.names import Look
from core.domain.pod import ContainerPort
from tests.contract.cluster.hands import ApiHands, a_pod, eventually, new_name
from tests.contract.names.world import knows, remembered
from tests.integration.kubernetes.loopback_api import (
    LoopbackApi,
    event,
    expired_event,
    once,
    pod,
    silence,
    streaming,
)
from tests.integration.kubernetes.relay import through_relay
from tests.integration.kubernetes.roles import grant
from tests.integration.kubernetes.test_large_namespaces import crowd
from tests.real_parts import KubeApi
from tests.real_parts.kubernetes import BOT

QUICK = replace(USUAL, first_pause=0.1, longest_pause=0.2)


@asynccontextmanager
async def permitted_to(kube_api: KubeApi, folder: Path) -> AsyncIterator[KubernetesCluster]:
    """A cluster as the bot's account sees it."""
    path = kube_api.write_kubeconfig(folder / "kubeconfig", BOT)
    async with KubernetesCluster(Credentials(str(path)), pace=QUICK) as cluster:
        yield cluster


@asynccontextmanager
async def watching(kubeconfig: Path, board: NameBoard) -> AsyncIterator[NameWatcher]:
    credentials = Credentials(str(kubeconfig))
    watcher = NameWatcher(Connection(credentials, DEADLINE, lambda _: None), board, QUICK)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()
        await credentials.close()
        await watcher.ended()


async def test_a_forbidden_namespace_stays_unknown_beside_those_that_are_permitted(
    kube_api: KubeApi, hands: ApiHands, tmp_path: Path
) -> None:
    allowed, forbidden = await hands.namespace(), await hands.namespace()
    await grant(hands, allowed, BOT, ["get", "list", "watch"])
    for namespace in (allowed, forbidden):
        await hands.create(a_pod(namespace))
    async with permitted_to(kube_api, tmp_path) as cluster:
        cluster.want_names([allowed, forbidden])
        await knows(cluster, allowed, "api-0")
        await hands.create(a_pod(allowed, "api-1"))
        await knows(cluster, allowed, "api-0", "api-1")
        assert cluster.roll(forbidden) is None
        assert cluster.troubles == {}


async def test_where_the_whole_cluster_may_not_be_read_the_named_namespaces_are(
    kube_api: KubeApi, hands: ApiHands, tmp_path: Path
) -> None:
    allowed = await hands.namespace()
    await grant(hands, allowed, BOT, ["get", "list", "watch"])
    await hands.create(a_pod(allowed))
    async with permitted_to(kube_api, tmp_path) as cluster:
        cluster.want_names(["team-*", allowed])
        await knows(cluster, allowed, "api-0")
        cluster.want_names(["team-*", "other-*", allowed])
        await hands.create(a_pod(allowed, "api-1"))
        await knows(cluster, allowed, "api-0", "api-1")


async def test_a_named_namespace_that_appears_is_followed(kube_api: KubeApi, hands: ApiHands) -> None:
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        cluster.want_names([name := new_name()])
        await knows(cluster, name)
        await hands.post("/api/v1/namespaces", {"metadata": {"name": name}})
        await hands.create(a_pod(name))
        await knows(cluster, name, "api-0")


async def test_several_pages_of_the_whole_cluster_are_remembered(kube_api: KubeApi, hands: ApiHands) -> None:
    pods = await crowd(hands)
    namespace = next(iter(pods)).namespace
    async with KubernetesCluster(Credentials(str(kube_api.kubeconfig))) as cluster:
        cluster.want_names(["team-*"])
        await knows(cluster, namespace, *(ref.name for ref in pods))


async def test_what_happened_while_the_server_was_dead_is_known_when_it_is_back(
    kube_api: KubeApi, hands: ApiHands, tmp_path: Path
) -> None:
    first = await hands.create(a_pod(await hands.namespace()))
    namespace = first.ref.namespace
    async with through_relay(kube_api, tmp_path) as (relay, cluster):
        cluster.want_names([namespace])
        await knows(cluster, namespace, "api-0")
        await relay.stop()
        await hands.delete(first.ref)
        await hands.create(a_pod(namespace, "api-1"))
        await asyncio.sleep(1)
        assert list(remembered(cluster, namespace) or ()) == ["api-0"]
        await relay.start()
        await knows(cluster, namespace, "api-1")


async def test_a_watch_that_has_expired_lists_again(loopback: LoopbackApi, kubeconfig: Path) -> None:
    loopback.objects = [pod("api-0")]
    gone = event("DELETED", pod("api-0", version="101"))
    loopback.on_watch = once(streaming(gone, expired_event(), stay=False), silence)
    async with KubernetesCluster(Credentials(str(kubeconfig)), pace=QUICK) as cluster:
        cluster.want_names(["payments"])
        await eventually(lambda: len(loopback.lists) == 2 and len(loopback.watches) == 2)
        await knows(cluster, "payments", "api-0")
    expected = Look(ready=False, ports=(ContainerPort(5005, "debug"),))
    assert remembered(cluster, "payments") == {"api-0": expected}


async def test_nothing_is_asked_of_the_server_until_somebody_wants_names(
    loopback: LoopbackApi, kubeconfig: Path
) -> None:
    async with KubernetesCluster(Credentials(str(kubeconfig))) as cluster:
        await asyncio.sleep(0.1)
        assert loopback.requests == []
        cluster.want_names(["payments"])
        cluster.want_names(["payments"])
        await knows(cluster, "payments")
    assert len(loopback.lists) == 1
    assert "status.phase!=Succeeded" in loopback.lists[0]["fieldSelector"]


async def test_many_namespaces_are_watched_at_a_stroke(loopback: LoopbackApi, kubeconfig: Path) -> None:
    loopback.objects = [pod("api-0"), pod("api-0", namespace="stranger")]
    async with KubernetesCluster(Credentials(str(kubeconfig))) as cluster:
        cluster.want_names(["payments", *(f"team-{number}" for number in range(MOST_WATCHES))])
        await knows(cluster, "payments", "api-0")
        await knows(cluster, "team-0")
        assert cluster.roll("stranger") is None
    assert len(loopback.lists) == 1


async def test_a_namespace_for_which_there_is_no_room_is_not_remembered(
    loopback: LoopbackApi, kubeconfig: Path
) -> None:
    loopback.objects = [
        pod("api-0", namespace="a"),
        *(pod(f"job-{n}", namespace="big") for n in range(9)),
        pod("api-0", namespace="c"),
    ]
    board = NameBoard(most=5)
    async with watching(kubeconfig, board) as watcher:
        watcher.want(["*"])
        await eventually(lambda: board.roll("a") is not None)
        assert [board.roll(name) is None for name in ("a", "big", "c")] == [False, True, True]


async def test_names_that_are_let_go_are_watched_no_longer(loopback: LoopbackApi, kubeconfig: Path) -> None:
    loopback.objects = [pod("api-0")]
    board = NameBoard()
    async with watching(kubeconfig, board) as watcher:
        watcher.want(["payments"])
        await eventually(lambda: board.roll("payments") is not None and len(loopback.watches) == 1)
        watcher.want([])
        assert board.roll("payments") is None
        watcher.want(["payments"])
        await eventually(lambda: len(loopback.watches) == 2)
