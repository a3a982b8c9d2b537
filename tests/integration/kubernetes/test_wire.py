"""What a real API server cannot be made to do at a test's wish, in its own wire shapes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.pace import USUAL, Pace
from core.domain.errors import ClusterError, ClusterUnreachable
from core.domain.pod import Pod
from core.domain.target import PodRef
from tests.contract.cluster.hands import eventually, gone
from tests.integration.kubernetes import loopback_api as wire
from tests.integration.kubernetes.conftest import Look
from tests.integration.kubernetes.loopback_api import LoopbackApi

REF: Final = PodRef("payments", "api-0")
HASTY: Final = replace(USUAL, first_pause=0.05, longest_pause=0.1)


def cluster_at(kubeconfig: Path, pace: Pace) -> KubernetesCluster:
    return KubernetesCluster(Credentials(str(kubeconfig)), deadline=timedelta(seconds=1), pace=pace)


@pytest.fixture
async def hasty(kubeconfig: Path) -> AsyncIterator[KubernetesCluster]:
    async with cluster_at(kubeconfig, HASTY) as cluster:
        yield cluster


@pytest.fixture
async def usual(kubeconfig: Path) -> AsyncIterator[KubernetesCluster]:
    async with cluster_at(kubeconfig, USUAL) as cluster:
        yield cluster


def has_uid(uid: str) -> Callable[[Pod | None], bool]:
    return lambda pod: pod is not None and pod.uid == uid


async def test_a_watch_begins_where_the_list_was_and_asks_for_bookmarks(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look
) -> None:
    loopback.objects = [wire.pod()]
    loopback.on_watch = wire.streaming(wire.event("DELETED", wire.pod(version="101")))
    onlooker = look(hasty)
    hasty.follow([REF])
    await onlooker.sees(REF, gone)
    assert loopback.lists == [{"limit": "500", "fieldSelector": "metadata.name=api-0"}]
    [watch] = loopback.watches
    assert 40 <= int(watch["timeoutSeconds"]) <= 80
    assert {**watch, "timeoutSeconds": ""} == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "100",
        "timeoutSeconds": "",
        "fieldSelector": "metadata.name=api-0",
    }


async def test_several_pods_of_a_namespace_share_one_watch(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look
) -> None:
    others = [PodRef("payments", f"api-{number}") for number in range(5)]
    onlooker = look(hasty)
    hasty.follow(others)
    await onlooker.sees(others[-1], gone)
    await asyncio.sleep(0.2)
    assert len(loopback.watches) == 1
    assert "fieldSelector" not in loopback.watches[0]


async def test_a_watch_that_ends_goes_on_from_the_last_bookmark_without_a_list(
    loopback: LoopbackApi, kubeconfig: Path, look: Look
) -> None:
    loopback.objects = [wire.pod()]

    async def soon_over(request: web.Request) -> web.StreamResponse:
        response = await wire.stream(request, wire.bookmark("150"), stay=False)
        await asyncio.sleep(0.3)
        return response

    loopback.on_watch = wire.once(soon_over, wire.streaming(wire.event("DELETED", wire.pod(version="160"))))
    async with cluster_at(kubeconfig, replace(HASTY, short=0.1)) as cluster:
        onlooker = look(cluster)
        cluster.follow([REF])
        await onlooker.sees(REF, gone)
    assert [watch["resourceVersion"] for watch in loopback.watches] == ["100", "150"]
    assert len(loopback.lists) == 1


@pytest.mark.parametrize(
    "expired",
    [wire.streaming(wire.expired_event(), stay=False), wire.always(lambda: wire.failed(410, "Expired"))],
    ids=["as an event", "as a status"],
)
async def test_after_410_the_pods_are_listed_anew_and_what_was_missed_is_told(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look, expired: wire.Answer
) -> None:
    loopback.objects = [wire.pod(uid="uid-1")]

    async def replaced_meanwhile(request: web.Request) -> web.StreamResponse:
        loopback.objects = [wire.pod(uid="uid-2")]
        return await expired(request)

    loopback.on_watch = wire.once(replaced_meanwhile, wire.silence)
    onlooker = look(hasty)
    hasty.follow([REF])
    await onlooker.sees(REF, has_uid("uid-2"))
    assert len(loopback.lists) == 2


async def test_a_server_that_says_410_for_ever_is_asked_slowly(loopback: LoopbackApi, usual: KubernetesCluster) -> None:
    loopback.on_watch = wire.streaming(wire.expired_event(), stay=False)
    usual.follow([REF])
    await asyncio.sleep(3)
    assert len(loopback.watches) <= 6
    assert len(loopback.lists) <= 7


async def test_empty_replies_are_not_answered_with_a_hot_loop(loopback: LoopbackApi, usual: KubernetesCluster) -> None:
    loopback.on_watch = wire.streaming(stay=False)
    usual.follow([REF])
    await asyncio.sleep(3)
    assert 2 <= len(loopback.requests) <= 12
    assert "payments" in usual.troubles


async def test_replies_that_end_after_one_bookmark_are_not_answered_with_a_hot_loop(
    loopback: LoopbackApi, usual: KubernetesCluster
) -> None:
    loopback.on_watch = wire.streaming(wire.bookmark("101"), stay=False)
    usual.follow([REF])
    await asyncio.sleep(3)
    assert 2 <= len(loopback.requests) <= 12


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_server_that_refuses_for_ever_is_asked_slowly(
    loopback: LoopbackApi, usual: KubernetesCluster, status: int
) -> None:
    loopback.on_list = wire.always(lambda: wire.failed(status))
    usual.follow([REF])
    await asyncio.sleep(1.5)
    assert 2 <= len(loopback.requests) <= 10
    assert isinstance(usual.troubles["payments"], ClusterError)


async def test_a_proxy_page_instead_of_an_answer_is_told_as_unreachable(
    loopback: LoopbackApi, hasty: KubernetesCluster
) -> None:
    loopback.on_list = wire.always(wire.bad_gateway)
    with pytest.raises(ClusterUnreachable, match="502"):
        await hasty.pod(REF)


async def test_a_page_with_status_200_that_is_not_kubernetes_is_told_as_unreachable(
    loopback: LoopbackApi, hasty: KubernetesCluster
) -> None:
    loopback.on_list = wire.always(lambda: web.Response(text="<html>Sign in</html>", content_type="text/html"))
    with pytest.raises(ClusterUnreachable, match="not what Kubernetes sends"):
        await hasty.pod(REF)


async def test_after_a_proxy_page_in_the_place_of_a_watch_it_goes_on(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look
) -> None:
    loopback.objects = [wire.pod()]
    loopback.on_watch = wire.once(
        wire.always(wire.bad_gateway), wire.streaming(wire.event("DELETED", wire.pod(version="101")))
    )
    onlooker = look(hasty)
    hasty.follow([REF])
    await onlooker.sees(REF, gone)
    await eventually(lambda: not hasty.troubles)


async def test_a_call_that_hangs_fails_at_its_deadline(loopback: LoopbackApi, hasty: KubernetesCluster) -> None:
    loopback.on_list = wire.silence
    async with asyncio.timeout(5):
        with pytest.raises(ClusterUnreachable):
            await hasty.pod(REF)


async def test_a_watch_that_hangs_past_its_time_is_given_up_and_begun_again(
    loopback: LoopbackApi, kubeconfig: Path, look: Look
) -> None:
    loopback.objects = [wire.pod()]
    loopback.on_watch = wire.once(wire.silence, wire.streaming(wire.event("DELETED", wire.pod(version="101"))))
    async with cluster_at(kubeconfig, replace(HASTY, watch=(1, 1), grace=0.2)) as cluster:
        onlooker = look(cluster)
        cluster.follow([REF])
        await onlooker.sees(REF, gone)
    assert len(loopback.lists) == 1


async def test_a_watch_that_never_begins_is_given_up_at_the_deadline_of_a_call(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look
) -> None:
    loopback.objects = [wire.pod()]

    async def no_head(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    loopback.on_watch = wire.once(no_head, wire.streaming(wire.event("DELETED", wire.pod(version="101"))))
    onlooker = look(hasty)
    hasty.follow([REF])
    await onlooker.sees(REF, gone)


async def test_an_event_of_a_megabyte_in_pieces_is_read(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look
) -> None:
    line = wire.event("MODIFIED", wire.pod(uid="uid-9", annotations={"big": "x" * 3_000_000}))
    pieces = [line[at : at + 70_001] for at in range(0, len(line), 70_001)]
    loopback.objects = [wire.pod()]
    loopback.on_watch = wire.streaming(*pieces, wire.bookmark("102"))
    onlooker = look(hasty)
    hasty.follow([REF])
    await onlooker.sees(REF, has_uid("uid-9"))


async def test_an_event_that_cannot_be_read_leads_to_another_list(loopback: LoopbackApi, kubeconfig: Path) -> None:
    loopback.on_watch = wire.streaming(b"not json\n", stay=False)
    async with cluster_at(kubeconfig, HASTY) as cluster:
        cluster.follow([REF])
        await eventually(lambda: len(loopback.lists) >= 3)


async def test_a_list_whose_moment_has_gone_is_begun_again(loopback: LoopbackApi, hasty: KubernetesCluster) -> None:
    gone_once = wire.once(wire.always(lambda: wire.failed(410)), wire.always(lambda: wire.object_list([wire.pod("b")])))

    async def pages(request: web.Request) -> web.StreamResponse:
        if "continue" in request.query:
            return await gone_once(request)
        return wire.object_list([wire.pod("a")], continues="more")

    loopback.on_list = pages
    assert [pod.ref.name for pod in await hasty.pods("payments")] == ["a", "b"]
    assert ["continue" in query for query in loopback.lists] == [False, True, False, True]


async def test_pods_that_come_while_a_namespace_is_listed_do_not_start_another_watch(
    loopback: LoopbackApi, hasty: KubernetesCluster, look: Look
) -> None:
    loopback.objects = [wire.pod()]
    onlooker = look(hasty)
    for _ in range(20):
        hasty.follow([REF])
        await asyncio.sleep(0)
    await onlooker.sees(REF, has_uid("uid-1"))
    await asyncio.sleep(0.2)
    assert len(loopback.watches) <= 2
    assert len(loopback.lists) <= 3


async def test_nothing_is_asked_for_while_nobody_follows(loopback: LoopbackApi, hasty: KubernetesCluster) -> None:
    hasty.follow([REF])
    hasty.follow([])
    await asyncio.sleep(0.3)
    assert len(loopback.requests) <= 1


async def test_every_failed_call_is_counted_but_a_pod_that_is_not_there(
    loopback: LoopbackApi, kubeconfig: Path
) -> None:
    errors: list[ClusterError] = []
    cluster = KubernetesCluster(Credentials(str(kubeconfig)), on_error=errors.append)
    async with cluster:
        for status in (404, 500):
            loopback.on_list = wire.always(partial(wire.failed, status))
            with pytest.raises(ClusterError):
                await cluster.pod(REF)
    assert [type(error) for error in errors] == [ClusterUnreachable]
