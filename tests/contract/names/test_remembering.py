from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.names import Look
from core.domain.pod import ContainerPort, Phase
from core.interfaces import Names
from tests.contract.cluster.hands import Hands, a_pod, eventually
from tests.contract.names.world import knows, remembered


async def test_nothing_is_remembered_until_it_is_wanted(names: Names, hands: Hands) -> None:
    pod = await hands.create(a_pod(await hands.namespace()))
    assert names.roll(pod.ref.namespace) is None
    assert list(names.known_namespaces()) == []


async def test_the_pods_of_a_wanted_namespace_are_remembered_with_readiness_and_ports(
    names: Names, hands: Hands
) -> None:
    namespace, port = await hands.namespace(), ContainerPort(5005, "debug")
    await hands.create(a_pod(namespace, "web-1", ready=False))
    await hands.create(a_pod(namespace, "api-0", ports=(port,)))
    names.want_names([namespace])
    expected = {"api-0": Look(ready=True, ports=(port,)), "web-1": Look(ready=False)}
    await eventually(lambda: remembered(names, namespace) == expected)
    assert list(names.known_namespaces()) == [namespace]


async def test_pods_that_come_and_go_are_followed(names: Names, hands: Hands) -> None:
    first = await hands.create(a_pod(await hands.namespace()))
    namespace = first.ref.namespace
    names.want_names([namespace])
    await knows(names, namespace, "api-0")
    await hands.create(a_pod(namespace, "api-1"))
    await knows(names, namespace, "api-0", "api-1")
    await hands.delete(first.ref)
    await knows(names, namespace, "api-1")


async def test_a_pod_that_becomes_ready_is_known_to_be(names: Names, hands: Hands) -> None:
    pod = await hands.create(a_pod(await hands.namespace(), ready=False))
    names.want_names([pod.ref.namespace])
    await eventually(lambda: remembered(names, pod.ref.namespace) == {"api-0": Look(ready=False)})
    await hands.change(replace(pod, ready=True))
    await eventually(lambda: remembered(names, pod.ref.namespace) == {"api-0": Look(ready=True)})


async def test_a_pod_that_is_over_is_not_remembered(names: Names, hands: Hands) -> None:
    namespace = await hands.namespace()
    running, going, done = [await hands.create(a_pod(namespace, name)) for name in ("api-0", "api-1", "job-1")]
    await hands.change(replace(done, phase=Phase.SUCCEEDED, ready=False))
    names.want_names([namespace])
    await knows(names, namespace, "api-0", "api-1")
    await hands.change(replace(going, deleting=True))
    await knows(names, namespace, "api-0")
    await hands.change(replace(running, phase=Phase.FAILED, ready=False))
    await knows(names, namespace)


async def test_a_namespace_that_nobody_wants_is_not_remembered(names: Names, hands: Hands) -> None:
    wanted, other = (
        await hands.create(a_pod(await hands.namespace())),
        await hands.create(a_pod(await hands.namespace())),
    )
    names.want_names([wanted.ref.namespace])
    await knows(names, wanted.ref.namespace, "api-0")
    assert names.roll(other.ref.namespace) is None
    names.want_names([other.ref.namespace])
    await knows(names, other.ref.namespace, "api-0")
    assert names.roll(wanted.ref.namespace) is None


async def test_a_pattern_finds_a_namespace_that_appears_later(names: Names, hands: Hands) -> None:
    await hands.create(a_pod(there := await hands.namespace()))
    names.want_names(["team-*"])
    await knows(names, there, "api-0")
    await hands.create(a_pod(later := await hands.namespace(), "web-0"))
    await knows(names, later, "web-0")
    assert {there, later} <= set(names.known_namespaces())
    assert names.roll("kube-system") is None


async def test_wanting_more_leaves_what_is_known_known(names: Names, hands: Hands) -> None:
    namespace = await hands.namespace()
    await hands.create(a_pod(namespace))
    names.want_names([namespace])
    await knows(names, namespace, "api-0")
    names.want_names([namespace, "team-*"])
    await knows(names, namespace, "api-0")
    await hands.create(a_pod(namespace, "api-1"))
    await knows(names, namespace, "api-0", "api-1")


async def test_a_wanted_namespace_without_pods_is_known_to_be_empty(names: Names, hands: Hands) -> None:
    namespace = await hands.namespace()
    names.want_names([namespace])
    await knows(names, namespace)


@pytest.mark.parametrize("lasting", [timedelta(seconds=0.5)])
async def test_all_is_forgotten_when_nobody_wants_it_any_more_and_remembered_when_somebody_does(
    names: Names, hands: Hands
) -> None:
    pod = await hands.create(a_pod(await hands.namespace()))
    namespace = pod.ref.namespace

    def wanted_again() -> Mapping[str, Look] | None:
        names.want_names([namespace])
        return remembered(names, namespace)

    await eventually(lambda: bool(wanted_again()))
    await eventually(lambda: names.roll(namespace) is None)
    await hands.delete(pod.ref)
    await eventually(lambda: wanted_again() == {})
