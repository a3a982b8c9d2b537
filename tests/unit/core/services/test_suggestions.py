import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from core.adapters.memory.clock import ManualClock
from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.directory import MemoryDirectory
from core.domain.errors import ClusterForbidden, ClusterUnreachable
from core.domain.names import Roll
from core.domain.people import Person, Standing, TeamId, UserId
from core.domain.pod import Phase, Pod
from core.domain.policy import NOBODY, Policy, Rule
from core.domain.target import PodRef, PodUid
from core.interfaces import Names
from core.services import suggestions as module
from core.services.suggestions import Suggestions

ALICE = Person(TeamId("T0"), UserId("UALICE"))
POLICY = Policy((Rule(("team-secret",), requesters=NOBODY), Rule(("payments", "orders", "slow")), Rule(("team-*",))))


def a_pod(ref: str, *, ready: bool = True, deleting: bool = False) -> Pod:
    namespace, _, name = ref.partition("/")
    return Pod(PodRef(namespace, name), PodUid(ref), Phase.RUNNING, ready=ready, deleting=deleting)


PODS = [
    a_pod(ref) for ref in ("kube-system/dns-0", "orders/api-0", "payments/api-0", "team-a/api-0", "team-secret/api-0")
]


class Forgetful:
    """Names that are never known."""

    def __init__(self) -> None:
        self.wanted: Collection[str] = ()

    def want_names(self, globs: Collection[str]) -> None:
        self.wanted = globs

    def known_namespaces(self) -> Collection[str]:
        return ()

    def roll(self, namespace: str) -> Roll | None:
        del namespace
        return None


class CountedCluster(MemoryCluster):
    """Counts what is listed; ``slow`` is never listed to its end, and ``forbidden`` not at all."""

    def __init__(self) -> None:
        super().__init__(*PODS)
        self.lists: Counter[str] = Counter()
        self.forbidden: set[str] = set()

    async def pods(self, namespace: str) -> Sequence[Pod]:
        self.lists[namespace] += 1
        if namespace in self.forbidden:
            raise ClusterForbidden("list", "pods", namespace)
        if namespace == "slow":
            await asyncio.Event().wait()
        return await super().pods(namespace)


class Desk:
    """Somebody who types."""

    def __init__(self, *, remembers: bool = True) -> None:
        self.cluster, self.clock, self.directory = CountedCluster(), ManualClock(), MemoryDirectory()
        self.directory.add(ALICE)
        self.policy = POLICY
        self.forgetful = Forgetful()
        names: Names = self.cluster if remembers else self.forgetful
        self.suggestions = Suggestions(self.cluster, names, self.directory, lambda: self.policy, self.clock)

    async def offers(self, typed: str = "") -> list[str]:
        return [str(found.ref) for found in await self.suggestions.pods(ALICE, typed)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WITHIN", 0.1)


async def test_what_is_in_memory_is_suggested_by_name_and_by_pattern_and_nothing_is_listed() -> None:
    desk = Desk()
    assert await desk.offers() == ["orders/api-0", "payments/api-0", "team-a/api-0"]
    assert await desk.offers("tea") == ["team-a/api-0"]
    assert desk.cluster.lists == {}


async def test_a_namespace_that_appears_is_suggested() -> None:
    desk = Desk()
    await desk.offers()
    desk.cluster.put(a_pod("team-b/web-0"))
    assert await desk.offers("web") == ["team-b/web-0"]


async def test_only_what_one_may_ask_for_is_suggested() -> None:
    desk = Desk()
    assert await desk.offers("team-secret/") == await desk.offers("kube-system/") == []
    desk.policy = Policy((Rule(("team-secret",)),))
    assert await desk.offers() == ["team-secret/api-0"]
    desk.directory.add(ALICE, standing=Standing.GUEST)
    assert await desk.offers() == []


async def test_an_outage_leaves_what_is_in_memory() -> None:
    desk = Desk()
    await desk.offers()
    desk.cluster.fail_with(ClusterUnreachable("the API server"))
    assert await desk.offers("pay") == ["payments/api-0"]


async def test_nothing_is_suggested_where_nobody_can_say_who_asks() -> None:
    desk = Desk()
    desk.directory.reachable = False
    assert await desk.offers() == []


async def test_what_is_not_in_memory_yet_is_listed_once_in_a_while() -> None:
    desk = Desk(remembers=False)
    assert await desk.offers("payments/") == ["payments/api-0"]
    assert await desk.offers("payments/api") == ["payments/api-0"]
    assert desk.cluster.lists == {"payments": 1}
    assert set(desk.forgetful.wanted) == {"payments", "orders", "slow", "team-*", "team-secret"}
    desk.clock.advance(timedelta(seconds=11))
    assert await desk.offers("payments/") == ["payments/api-0"]
    assert desk.cluster.lists == {"payments": 2}


async def test_a_namespace_of_a_pattern_is_listed_where_it_was_typed_out() -> None:
    desk = Desk(remembers=False)
    assert await desk.offers("team-a/") == ["team-a/api-0"]
    assert await desk.offers("team-secret/") == []
    assert desk.cluster.lists == {"team-a": 1}


async def test_a_namespace_that_is_listed_too_slowly_keeps_nobody_from_the_others() -> None:
    assert await Desk(remembers=False).offers("api") == ["orders/api-0", "payments/api-0"]


async def test_a_forbidden_namespace_is_not_asked_for_at_each_letter_and_one_that_failed_is() -> None:
    desk = Desk(remembers=False)
    desk.cluster.forbidden.add("orders")
    assert await desk.offers("orders/") == await desk.offers("orders/a") == []
    assert desk.cluster.lists == {"orders": 1}
    desk.cluster.fail_with(ClusterUnreachable("the API server"))
    assert await desk.offers("payments/") == []
    desk.cluster.recover()
    assert await desk.offers("payments/a") == ["payments/api-0"]


async def test_a_pod_that_is_over_is_not_suggested_and_one_that_is_not_ready_comes_last() -> None:
    desk = Desk()
    desk.cluster.put(a_pod("orders/api-0", ready=False))
    desk.cluster.put(a_pod("payments/api-1", deleting=True))
    assert await desk.offers("api") == ["payments/api-0", "team-a/api-0", "orders/api-0"]
