from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Final

import pytest

from core.adapters.kubernetes.backends import Backends
from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.adapters.kubernetes.namespace_services import NamespaceServices
from core.adapters.kubernetes.reading_services import SeenService
from core.adapters.kubernetes.reading_slices import Backend, SeenSlice
from core.domain.errors import ClusterForbidden, ClusterUnreachable
from core.domain.service import Catalogue, Service, ServiceRef, ServiceUid
from core.domain.target import Endpoint, PodUid

API: Final = SeenService(
    ServiceRef("payments", "api"), ServiceUid("uid-api"), ip_address("10.96.0.7"), headless=False, ports=(("debug", 5),)
)
DB: Final = SeenService(ServiceRef("payments", "db"), ServiceUid("uid-db"), None, headless=True, ports=(("debug", 6),))
SLICE: Final = SeenSlice("db-a", "db", (("debug", 5432),), (Backend(ip_address("10.0.0.1"), "db-0", PodUid("uid-0")),))
AS_TOLD: Final = Service(API.ref, API.uid, Endpoint(ip_address("10.96.0.7"), 5, PodUid("uid-api")))
DB_NOWHERE: Final = Service(DB.ref, DB.uid, None, headless=True)
DB_READY: Final = replace(DB_NOWHERE, endpoint=Endpoint(ip_address("10.0.0.1"), 5432, PodUid("uid-0")))


@dataclass
class Scene:
    """A namespace that is followed, and whoever watches what is behind its headless Services."""

    board: CatalogueBoard = field(default_factory=CatalogueBoard)
    behind: Backends | None = None
    watches: int = 0

    def __post_init__(self) -> None:
        self.board.follow(["payments"])
        self.sink = NamespaceServices("payments", "debug", self.board, self.watch, {})

    def watch(self, behind: Backends | None) -> None:
        self.behind = behind
        self.watches += behind is not None

    async def told(self) -> Catalogue:
        """The present picture."""
        assert self.board.knows("payments")
        return await anext(self.board.catalogues())


@pytest.fixture
def scene() -> Scene:
    return Scene()


def picture(*services: Service) -> Catalogue:
    return Catalogue({service.ref: service for service in services}, frozenset({"payments"}))


async def test_without_a_headless_service_nobody_looks_at_endpointslices(scene: Scene) -> None:
    scene.sink.listed([API])
    assert await scene.told() == picture(AS_TOLD)
    assert scene.watches == 0


async def test_a_namespace_with_a_headless_service_is_known_once_its_slices_were_read(scene: Scene) -> None:
    scene.sink.listed([API, DB])
    assert scene.behind is not None
    scene.behind.failed(ClusterUnreachable("https://api"))
    scene.sink.changed(API, gone=False)
    assert not scene.board.knows("payments")
    scene.behind.listed([SLICE])
    assert await scene.told() == picture(AS_TOLD, DB_READY)


async def test_slices_that_may_not_be_read_leave_the_other_services_served(scene: Scene) -> None:
    scene.sink.listed([API, DB])
    assert scene.behind is not None
    scene.behind.failed(ClusterForbidden("list", "endpointslices", "payments"))
    assert await scene.told() == picture(AS_TOLD, DB_NOWHERE)


async def test_what_is_behind_a_headless_service_is_followed(scene: Scene) -> None:
    scene.sink.listed([DB])
    assert scene.behind is not None
    scene.behind.listed([])
    assert await scene.told() == picture(DB_NOWHERE)
    scene.behind.changed(SLICE, gone=False)
    assert await scene.told() == picture(DB_READY)
    scene.behind.changed(SLICE, gone=True)
    assert await scene.told() == picture(DB_NOWHERE)


async def test_slices_of_services_that_are_not_wanted_change_nothing(scene: Scene) -> None:
    scene.sink.listed([API, DB])
    assert scene.behind is not None
    scene.behind.listed([SLICE])
    scene.behind.changed(replace(SLICE, name="api-a", service="api"), gone=False)
    scene.behind.changed(replace(SLICE, name="other-a", service="other"), gone=False)
    assert await scene.told() == picture(AS_TOLD, DB_READY)


async def test_slices_are_watched_once_for_all_and_not_at_all_after_the_last_headless_service(scene: Scene) -> None:
    scene.sink.listed([DB])
    scene.sink.changed(replace(DB, ref=ServiceRef("payments", "cache")), gone=False)
    scene.sink.listed([DB])
    assert (scene.watches, scene.behind is None) == (1, False)
    scene.sink.changed(replace(DB, ports=()), gone=False)
    assert scene.behind is None
    scene.sink.changed(DB, gone=False)
    assert scene.watches == 2


async def test_a_list_takes_away_what_was_missed(scene: Scene) -> None:
    scene.sink.listed([API])
    scene.sink.listed([])
    assert await scene.told() == picture()


async def test_another_watch_of_a_namespace_says_nothing_before_it_has_read_all(scene: Scene) -> None:
    scene.sink.listed([DB])
    assert scene.behind is not None
    scene.behind.listed([SLICE])
    again = NamespaceServices("payments", "debug", scene.board, scene.watch, {})
    again.listed([DB])
    again.changed(API, gone=False)
    assert await scene.told() == picture(DB_READY)
