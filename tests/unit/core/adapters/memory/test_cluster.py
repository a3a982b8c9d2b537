from datetime import timedelta
from typing import Final

import pytest

from core.adapters.memory.cluster import MemoryCluster
from core.domain.errors import ClusterUnauthorized, ClusterUnreachable
from core.domain.pod import Phase, Pod
from core.domain.target import PodRef, PodUid

POD: Final = Pod(PodRef("payments", "api-0"), PodUid("uid-1"), Phase.RUNNING)


async def test_it_fails_as_it_is_told_until_it_recovers() -> None:
    cluster = MemoryCluster(POD)
    cluster.fail_with(ClusterUnauthorized())
    for verb in (cluster.pod(POD.ref), cluster.pods("payments")):
        with pytest.raises(ClusterUnauthorized):
            await verb
    cluster.recover()
    assert await cluster.pod(POD.ref) == POD


async def test_a_call_to_one_that_hangs_fails_at_its_deadline() -> None:
    cluster = MemoryCluster(POD, deadline=timedelta(milliseconds=10))
    cluster.hang()
    with pytest.raises(ClusterUnreachable):
        await cluster.pod(POD.ref)


async def test_what_happened_while_it_failed_is_told_when_it_recovers() -> None:
    cluster = MemoryCluster(POD)
    cluster.follow([POD.ref])
    assert (await anext(cluster.sightings())).pod == POD
    cluster.hang()
    cluster.delete(POD.ref)
    cluster.recover()
    assert (await anext(cluster.sightings())).pod is None
