from collections.abc import Collection
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from core.adapters.kubernetes.backends import Backends
from core.adapters.kubernetes.reading_slices import Backend, SeenSlice
from core.domain.errors import ClusterForbidden, ClusterUnreachable
from core.domain.service import ServiceRef, ServiceUid
from core.domain.target import Endpoint, PodUid

DB: Final = ServiceRef("payments", "db")
FIRST, SECOND = (Backend(ip_address(f"10.0.0.{n}"), f"db-{n}", PodUid(f"uid-{n}")) for n in (1, 2))
SLICE: Final = SeenSlice("db-abcde", "db", (("debug", 5432),), (SECOND, FIRST))


def backends(told: list[Collection[str] | None] | None = None, **kept: Endpoint) -> Backends:
    return Backends("debug", (told if told is not None else []).append, kept)


def chosen(behind: Backends) -> Endpoint | None:
    return behind.endpoint(DB, ServiceUid("uid-db"))


def to(backend: Backend, port: int = 5432) -> Endpoint:
    assert backend.uid is not None
    return Endpoint(backend.address, port, backend.uid)


def test_the_first_pod_by_name_is_chosen() -> None:
    behind = backends()
    behind.listed([SLICE])
    assert chosen(behind) == to(FIRST)


def test_the_chosen_one_is_kept_for_as_long_as_it_is_ready() -> None:
    behind = backends()
    behind.listed([replace(SLICE, backends=(SECOND,))])
    assert chosen(behind) == to(SECOND)
    behind.changed(SLICE, gone=False)
    assert chosen(behind) == to(SECOND)
    behind.listed([SLICE])
    assert chosen(behind) == to(SECOND)
    behind.changed(replace(SLICE, backends=(FIRST,)), gone=False)
    assert chosen(behind) == to(FIRST)


def test_the_chosen_one_is_followed_to_another_port_and_into_another_slice() -> None:
    behind = backends()
    behind.listed([replace(SLICE, backends=(SECOND,))])
    assert chosen(behind) == to(SECOND)
    behind.changed(replace(SLICE, ports=(("debug", 6006),)), gone=False)
    assert chosen(behind) == to(SECOND, 6006)
    behind.changed(replace(SLICE, name="db-other"), gone=False)
    behind.changed(SLICE, gone=True)
    assert chosen(behind) == to(SECOND)


def test_where_it_led_before_is_kept_where_that_is_ready_and_the_same_pod() -> None:
    behind = backends(db=to(SECOND, 6006))
    behind.listed([SLICE])
    assert chosen(behind) == to(SECOND)
    behind = backends(db=replace(to(SECOND), uid=PodUid("uid-of-before")))
    behind.listed([SLICE])
    assert chosen(behind) == to(FIRST)


def test_one_of_version_4_goes_before_one_of_version_6() -> None:
    behind = backends()
    behind.listed([replace(SLICE, backends=(replace(FIRST, address=ip_address("fd00::1")), SECOND))])
    assert chosen(behind) == to(SECOND)


def test_one_of_version_6_is_chosen_where_there_is_no_other() -> None:
    behind = backends()
    only = replace(FIRST, address=ip_address("fd00::1"))
    behind.listed([replace(SLICE, backends=(only,))])
    assert chosen(behind) == to(only)


def test_a_service_with_nobody_ready_or_without_the_port_leads_nowhere() -> None:
    behind = backends()
    behind.listed([replace(SLICE, backends=())])
    assert chosen(behind) is None
    behind.changed(replace(SLICE, ports=(("http", 80),)), gone=False)
    assert chosen(behind) is None


def test_an_endpoint_that_is_no_pod_goes_by_the_uid_of_its_service() -> None:
    behind = backends()
    behind.listed([replace(SLICE, backends=(Backend(FIRST.address),))])
    assert chosen(behind) == Endpoint(FIRST.address, 5432, PodUid("uid-db"))


def test_whose_slice_changed_is_told() -> None:
    told: list[Collection[str] | None] = []
    behind = backends(told)
    behind.listed([SLICE])
    behind.changed(replace(SLICE, service="other"), gone=False)
    behind.changed(SLICE, gone=True)
    assert [set(names) if names else None for names in told] == [None, {"db", "other"}, {"db", "other"}]


def test_slices_that_may_not_be_read_are_not_waited_for_and_an_outage_is() -> None:
    told: list[Collection[str] | None] = []
    behind = backends(told)
    behind.failed(ClusterUnreachable("https://api"))
    assert (behind.settled, told) == (False, [])
    behind.failed(ClusterForbidden("list", "endpointslices", "payments"))
    assert (behind.settled, told) == (True, [None])
    behind.failed(ClusterForbidden("list", "endpointslices", "payments"))
    assert told == [None]
