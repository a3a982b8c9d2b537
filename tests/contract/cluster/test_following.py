import asyncio
from dataclasses import replace
from ipaddress import ip_address

from core.domain.pod import Phase, Pod
from core.domain.target import PodRef
from core.interfaces import Cluster
from tests.contract.cluster.hands import Hands, Onlooker, a_pod, gone, is_exactly


async def follow_one(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> Pod:
    """A pod that is followed, and was seen."""
    pod = await hands.create(a_pod(await hands.namespace(), address=ip_address("127.0.0.5")))
    cluster.follow([pod.ref])
    await onlooker.sees(pod.ref, is_exactly(pod))
    onlooker.forget()
    return pod


async def test_the_present_state_of_a_followed_pod_is_told(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pod = await hands.create(a_pod(await hands.namespace()))
    cluster.follow([pod.ref])
    await onlooker.sees(pod.ref, is_exactly(pod))


async def test_a_followed_pod_that_is_not_there_is_told_as_gone(
    cluster: Cluster, hands: Hands, onlooker: Onlooker
) -> None:
    ref = PodRef(await hands.namespace(), "api-0")
    cluster.follow([ref])
    await onlooker.sees(ref, gone)


async def test_a_deleted_pod_is_seen_to_be_gone(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    await hands.delete(pod.ref)
    await onlooker.sees(pod.ref, gone)


async def test_a_pod_replaced_under_its_name_is_seen_with_another_uid(
    cluster: Cluster, hands: Hands, onlooker: Onlooker
) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    await hands.delete(pod.ref)
    other = await hands.create(pod)
    assert other.uid != pod.uid
    await onlooker.sees(pod.ref, is_exactly(other))
    assert onlooker.seen[-1] == (pod.ref, other)


async def test_a_new_address_is_seen_with_the_same_uid(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    moved = replace(pod, address=ip_address("127.0.0.6"))
    await hands.change(moved)
    await onlooker.sees(pod.ref, is_exactly(moved))


async def test_a_pod_that_ran_to_its_end_is_seen_finished(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    await hands.change(replace(pod, phase=Phase.SUCCEEDED, ready=False))
    await onlooker.sees(pod.ref, lambda seen: seen is not None and seen.phase is Phase.SUCCEEDED and seen.finished)


async def test_a_pod_that_is_told_to_go_is_seen_finished_before_it_is_gone(
    cluster: Cluster, hands: Hands, onlooker: Onlooker
) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    await hands.change(replace(pod, deleting=True))
    await onlooker.sees(pod.ref, lambda seen: seen is not None and seen.deleting and seen.finished)


async def test_pods_that_nobody_follows_are_never_told(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    namespace = await hands.namespace()
    ours, ours_too, other = [await hands.create(a_pod(namespace, name)) for name in ("api-0", "api-1", "api-2")]
    cluster.follow([ours.ref, ours_too.ref])
    await onlooker.sees(ours.ref, is_exactly(ours))
    await hands.delete(other.ref)
    await hands.delete(ours.ref)
    await onlooker.sees(ours.ref, gone)
    assert {ref for ref, _ in onlooker.seen} <= {ours.ref, ours_too.ref}


async def test_what_nobody_looks_at_in_a_pod_is_not_told(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    await hands.change(pod)
    await hands.delete(pod.ref)
    await onlooker.sees(pod.ref, gone)
    assert pod not in [seen for _, seen in onlooker.seen]


async def test_pods_in_two_namespaces_are_told(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pods = [await hands.create(a_pod(await hands.namespace())) for _ in range(2)]
    cluster.follow([pod.ref for pod in pods])
    for pod in pods:
        await onlooker.sees(pod.ref, is_exactly(pod))
    for pod in pods:
        await hands.delete(pod.ref)
        await onlooker.sees(pod.ref, gone)


async def test_following_one_more_leaves_the_others_followed(
    cluster: Cluster, hands: Hands, onlooker: Onlooker
) -> None:
    first = await follow_one(cluster, hands, onlooker)
    second = await hands.create(a_pod(first.ref.namespace, "api-1"))
    cluster.follow([first.ref, second.ref])
    await onlooker.sees(second.ref, is_exactly(second))
    for pod in (first, second):
        await hands.delete(pod.ref)
        await onlooker.sees(pod.ref, gone)


async def test_a_pod_that_is_no_longer_followed_is_silent(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    first = await follow_one(cluster, hands, onlooker)
    second = await hands.create(a_pod(await hands.namespace()))
    cluster.follow([second.ref])
    await hands.delete(first.ref)
    await onlooker.sees(second.ref, is_exactly(second))
    await hands.delete(second.ref)
    await onlooker.sees(second.ref, gone)
    assert {ref for ref, _ in onlooker.seen} == {second.ref}


async def test_following_again_tells_the_present_state_again(
    cluster: Cluster, hands: Hands, onlooker: Onlooker
) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    cluster.follow([pod.ref])
    await onlooker.sees(pod.ref, is_exactly(pod))


async def test_a_pod_that_changed_while_it_was_not_followed_is_told_as_it_is_now(
    cluster: Cluster, hands: Hands, onlooker: Onlooker
) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    cluster.follow([])
    await hands.delete(pod.ref)
    cluster.follow([pod.ref])
    await onlooker.sees(pod.ref, gone)
    assert onlooker.seen == [(pod.ref, None)]


async def test_following_before_anybody_looks_loses_nothing(cluster: Cluster, hands: Hands) -> None:
    pod = await hands.create(a_pod(await hands.namespace()))
    cluster.follow([pod.ref])
    await asyncio.sleep(0.1)
    async with asyncio.timeout(10):
        sighting = await anext(cluster.sightings())
    assert (sighting.ref, sighting.pod) == (pod.ref, pod)


async def test_of_many_quick_changes_the_last_is_told(cluster: Cluster, hands: Hands, onlooker: Onlooker) -> None:
    pod = await follow_one(cluster, hands, onlooker)
    for last in range(10, 30):
        await hands.change(replace(pod, address=ip_address(f"127.0.0.{last}")))
    await onlooker.sees(pod.ref, lambda seen: seen is not None and seen.address == ip_address("127.0.0.29"))
    assert onlooker.seen[-1][1] == replace(pod, address=ip_address("127.0.0.29"))


async def test_a_second_reader_after_the_first_goes_on_where_it_left(cluster: Cluster, hands: Hands) -> None:
    pod = await hands.create(a_pod(await hands.namespace()))
    cluster.follow([pod.ref])
    async with asyncio.timeout(10):
        assert (await anext(cluster.sightings())).pod == pod
        await hands.delete(pod.ref)
        after = (await anext(cluster.sightings())).pod
        assert after is None or after.deleting  # a cluster may show it as it goes, before it has gone
