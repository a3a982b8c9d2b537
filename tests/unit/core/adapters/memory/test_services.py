import asyncio
from typing import Final

import pytest

from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.services import MemoryServices
from core.domain.errors import ClusterUnauthorized
from core.domain.service import Catalogue, Service, ServiceRef, ServiceUid

API, WEB = (Service(ServiceRef(name, "api"), ServiceUid(f"uid-{name}"), None) for name in ("payments", "web"))
BOTH: Final = ("payments", "web")


async def picture(services: MemoryServices | MemoryCluster) -> Catalogue:
    """The present one."""
    async with asyncio.timeout(1):
        return await anext(services.catalogues())


async def test_a_hidden_namespace_is_not_known_until_it_is_shown() -> None:
    services = MemoryServices(API, WEB)
    services.hide("web")
    services.follow_services(BOTH, "debug")
    assert await picture(services) == Catalogue({API.ref: API}, frozenset({"payments"}))
    services.show("web")
    assert (await picture(services)).known == set(BOTH)


async def test_a_namespace_that_is_hidden_later_stays_as_it_was_seen() -> None:
    services = MemoryServices(API, WEB)
    services.follow_services(BOTH, "debug")
    services.hide("web")
    services.delete(WEB.ref)
    services.delete(API.ref)
    assert await picture(services) == Catalogue({WEB.ref: WEB}, frozenset(BOTH))


@pytest.mark.parametrize("break_it", [MemoryCluster.hang, lambda cluster: cluster.fail_with(ClusterUnauthorized())])
async def test_a_cluster_that_fails_says_nothing_of_its_services_until_it_recovers(break_it: object) -> None:
    assert callable(break_it)
    cluster = MemoryCluster()
    cluster.follow_services(["payments"], "debug")
    break_it(cluster)
    cluster.services.put(API)
    assert (await picture(cluster)).services == {}
    cluster.recover()
    assert (await picture(cluster)).services == {API.ref: API}
