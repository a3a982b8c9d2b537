import asyncio

import pytest

from core.domain.errors import ClusterUnreachable, StorageUnavailable
from core.domain.mapping import Cause
from core.domain.pod import Phase, Pod
from core.domain.states import State
from core.domain.target import PodRef, PodUid
from tests.unit.core.samples import pod
from tests.unit.core.services.town import SOON, Town

API, DB = PodRef("payments", "api-0"), PodRef("payments", "db-0")
ENDS = {
    "was replaced by another one of the same name": pod(uid=PodUid("another"), address="10.9.9.9"),
    "is being deleted": pod(deleting=True),
    "has finished (succeeded)": pod(phase=Phase.SUCCEEDED),
    "has finished (failed)": pod(phase=Phase.FAILED),
}


async def test_a_deleted_pod_takes_its_mapping_with_it_and_people_are_told_why(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        town.cluster.delete(API)
        await asyncio.sleep(SOON)
        over = await town.now(mapping)
        assert not caller.alive
        assert over.ending is not None
        assert (over.state, over.ending.cause, over.ending.detail) == (
            State.CLOSED,
            Cause.TARGET_GONE,
            "was deleted",
        )
        assert (await town.told(mapping))[-1] == "ended:channel"


@pytest.mark.parametrize(("why", "there"), ENDS.items())
async def test_so_does_one_that_is_no_longer_the_same(town: Town, why: str, there: Pod) -> None:
    async with town.process():
        mapping = await town.open()
        town.cluster.put(there)
        await asyncio.sleep(SOON)
        over = await town.now(mapping)
        assert over.ending is not None
        assert (over.state, over.ending.detail) == (State.CLOSED, why)


async def test_a_request_for_a_pod_that_is_gone_is_refused(town: Town) -> None:
    async with town.process():
        mapping = await town.request()
        await asyncio.sleep(SOON)
        town.cluster.delete(API)
        await asyncio.sleep(SOON)
        assert (await town.now(mapping)).state is State.REFUSED
        assert await town.told(mapping) == ["refused:thread"]


async def test_a_pod_that_went_while_nobody_watched_is_found_out_at_the_start(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    town.cluster.delete(API)
    async with town.process("two"):
        await asyncio.sleep(SOON)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_a_pod_that_went_while_the_cluster_was_away_is_found_out_when_it_is_back(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.cluster.fail_with(ClusterUnreachable("here"))
        town.cluster.delete(API)
        await asyncio.sleep(60)
        assert (await town.now(mapping)).state is State.OPEN
        town.cluster.recover()
        await asyncio.sleep(SOON)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_only_pods_of_live_mappings_are_followed(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(SOON)
        assert town.cluster.followed == set()
        mapping = await town.open()
        other = await town.request("payments/db-0:5005")
        assert town.cluster.followed == {API, DB}
        await town.close(mapping)
        assert town.cluster.followed == {DB}
        await town.close(other)
        assert town.cluster.followed == set()


async def test_a_pod_is_followed_as_long_as_one_of_its_mappings_is_live(town: Town) -> None:
    async with town.process():
        first, second = await town.open(), await town.open("payments/api-0:8080")
        await town.close(first)
        assert town.cluster.followed == {API}
        town.cluster.delete(API)
        await asyncio.sleep(SOON)
        assert (await town.now(second)).state is State.CLOSED
        assert town.cluster.followed == set()


async def test_every_mapping_of_a_pod_hears_of_it(town: Town) -> None:
    async with town.process():
        mappings = [await town.open(f"payments/api-0:{port}") for port in (5005, 8080)]
        town.cluster.delete(API)
        await asyncio.sleep(SOON)
        assert [(await town.now(mapping)).state for mapping in mappings] == [State.CLOSED, State.CLOSED]


async def test_what_could_not_be_recorded_is_recorded_when_the_database_is_back(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.storage.fail_with(StorageUnavailable("full"), on="commit")
        town.cluster.delete(API)
        await asyncio.sleep(30)
        assert (await town.now(mapping)).state is State.OPEN
        town.storage.fail_with(None, on="commit")
        await asyncio.sleep(2)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_sightings_that_are_no_news_ask_the_database_nothing(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        version = mapping.version
        town.cluster.put(pod(ready=False))
        town.cluster.recover()  # tells everything once more, as after a relist
        begun = town.storage.begun
        await asyncio.sleep(SOON)
        assert town.storage.begun == begun
        assert (await town.now(mapping)).version == version
