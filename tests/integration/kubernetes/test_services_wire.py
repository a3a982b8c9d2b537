"""What a real API server cannot be made to do at a test's wish, for Services."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.pace import USUAL, Pace
from core.domain.errors import ClusterError, ClusterForbidden, ClusterUnauthorized, ClusterUnreachable
from core.domain.service import Catalogue, ServiceRef
from tests.contract.cluster.hands import eventually
from tests.contract.services.hands import Reader, nothing_in
from tests.integration.kubernetes import loopback_api as wire
from tests.integration.kubernetes.conftest import Read
from tests.integration.kubernetes.loopback_api import LoopbackApi

HASTY: Final = replace(USUAL, first_pause=0.05, longest_pause=0.1)
REF: Final = ServiceRef("payments", "api")


@asynccontextmanager
async def following(
    kubeconfig: Path, read: Read, pace: Pace = HASTY
) -> AsyncIterator[tuple[KubernetesCluster, Reader]]:
    async with KubernetesCluster(Credentials(str(kubeconfig)), pace=pace) as cluster:
        cluster.follow_services(["payments"], "debug")
        yield cluster, read(cluster)


def leads_to(port: int) -> Callable[[Catalogue], bool]:
    def like(picture: Catalogue) -> bool:
        found = picture.services.get(REF)
        return found is not None and found.endpoint is not None and found.endpoint.port == port

    return like


def is_in_trouble(cluster: KubernetesCluster, error: type[ClusterError]) -> bool:
    return isinstance(cluster.troubles.get("services in payments"), error)


async def test_a_watch_of_services_begins_where_the_list_was(
    loopback: LoopbackApi, kubeconfig: Path, read: Read
) -> None:
    loopback.objects = [wire.service()]
    loopback.on_watch = wire.streaming(wire.event("MODIFIED", wire.service(port=6006, version="101")))
    async with following(kubeconfig, read) as (_, reader):
        await reader.sees(leads_to(6006))
    assert loopback.lists == [{"limit": "500"}]
    assert [watch["resourceVersion"] for watch in loopback.watches] == ["100"]


@pytest.mark.parametrize(
    "expired",
    [wire.streaming(wire.expired_event(), stay=False), wire.always(lambda: wire.failed(410, "Expired"))],
    ids=["as an event", "as a status"],
)
async def test_after_410_services_are_listed_anew_and_what_was_missed_is_told(
    loopback: LoopbackApi, kubeconfig: Path, read: Read, expired: wire.Answer
) -> None:
    loopback.objects = [wire.service()]

    async def deleted_meanwhile(request: web.Request) -> web.StreamResponse:
        loopback.objects = []
        return await expired(request)

    loopback.on_watch = wire.once(deleted_meanwhile, wire.silence)
    async with following(kubeconfig, read) as (_, reader):
        await reader.sees(nothing_in("payments"))
    assert len(loopback.lists) == 2


async def test_everything_is_listed_anew_after_the_time_for_it_and_a_list_that_failed_is_not_forgotten(
    loopback: LoopbackApi, kubeconfig: Path, read: Read
) -> None:
    """What no event told is seen all the same (the previous service forgot a commit that failed)."""
    loopback.objects = [wire.service()]

    async def until_asked_to_end(request: web.Request) -> web.StreamResponse:
        response = await wire.stream(request, stay=False)
        await asyncio.sleep(int(request.query["timeoutSeconds"]))
        return response

    async def failing_twice(_: web.Request) -> web.StreamResponse:
        if len(loopback.lists) in {2, 3}:
            return wire.failed(500)
        return wire.object_list(loopback.objects)

    loopback.on_watch, loopback.on_list = until_asked_to_end, failing_twice
    async with following(kubeconfig, read, replace(HASTY, relist=1.0)) as (cluster, reader):
        await reader.sees(leads_to(5005))
        loopback.objects = [wire.service(port=6006)]
        await reader.sees(leads_to(6006))
        assert len(loopback.lists) == 4
        await eventually(lambda: not cluster.troubles)


async def test_a_watch_that_cannot_be_had_leaves_the_last_picture_and_says_why(
    loopback: LoopbackApi, kubeconfig: Path, read: Read
) -> None:
    loopback.objects = [wire.service()]
    loopback.on_watch = wire.streaming(stay=False)
    async with following(kubeconfig, read) as (cluster, reader):
        await reader.sees(leads_to(5005))
        for status, error in ((401, ClusterUnauthorized), (403, ClusterForbidden), (500, ClusterUnreachable)):
            loopback.on_watch = loopback.on_list = wire.always(partial(wire.failed, status))
            await eventually(partial(is_in_trouble, cluster, error))
        assert leads_to(5005)(reader.last)
        assert len(reader.pictures) == 1


async def test_a_namespace_that_is_no_longer_followed_is_not_asked_for(
    loopback: LoopbackApi, kubeconfig: Path, read: Read
) -> None:
    loopback.on_watch = wire.streaming(stay=False)
    async with following(kubeconfig, read) as (cluster, reader):
        await reader.sees(nothing_in("payments"))
        cluster.follow_services([], "debug")
        await reader.sees(lambda picture: picture == Catalogue())
        before = len(loopback.requests)
        await asyncio.sleep(0.3)
        assert len(loopback.requests) == before
        assert cluster.troubles == {}


async def test_endpointslices_are_asked_for_only_where_there_is_a_headless_service(
    loopback: LoopbackApi, kubeconfig: Path, read: Read
) -> None:
    loopback.objects = [wire.service()]
    headless = wire.service("db", version="101", clusterIP="None")
    loopback.on_watch = wire.once(wire.streaming(wire.event("ADDED", headless)), wire.silence)
    async with following(kubeconfig, read) as (_, reader):
        await reader.sees(lambda picture: len(picture.services) == 2)
        await eventually(lambda: len(loopback.watches) == 2)
    selectors = [query.get("labelSelector") for query in loopback.lists]
    assert selectors == [None, "kubernetes.io/service-name"]


async def test_a_mistake_of_our_own_reaches_the_reader_and_following_again_heals_it(
    loopback: LoopbackApi, kubeconfig: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.objects = [wire.service()]
    async with KubernetesCluster(Credentials(str(kubeconfig)), pace=HASTY) as cluster:
        with monkeypatch.context() as patch:
            patch.setattr("core.adapters.kubernetes.watch.pages", None)
            cluster.follow_services(["payments"], "debug")
            with pytest.raises(TypeError):
                await anext(cluster.catalogues())
        cluster.follow_services(["payments"], "debug")
        await read(cluster).sees(leads_to(5005))
