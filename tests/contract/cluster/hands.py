"""The hands that change what a cluster adapter looks at: the twin's, a file's, and those on a real API server."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol
from uuid import uuid4

import httpx
import yaml

from core.adapters.memory.cluster import MemoryCluster
from core.domain.pod import Phase, Pod
from core.domain.target import PodRef, PodUid
from core.interfaces import Cluster


class Hands(Protocol):
    """Makes pods, changes and deletes them; each returns when the change is made."""

    async def namespace(self) -> str:
        """A namespace without pods."""
        ...

    async def create(self, pod: Pod) -> Pod:
        """Returns the pod with the UID that it got."""
        ...

    async def change(self, pod: Pod) -> None: ...

    async def delete(self, ref: PodRef) -> None: ...


def new_name() -> str:
    return f"team-{token_hex(4)}"


def new_uid() -> PodUid:
    return PodUid(str(uuid4()))


@dataclass
class MemoryHands:
    cluster: MemoryCluster

    async def namespace(self) -> str:
        return new_name()

    async def create(self, pod: Pod) -> Pod:
        made = replace(pod, uid=new_uid())
        self.cluster.put(made)
        return made

    async def change(self, pod: Pod) -> None:
        self.cluster.put(pod)

    async def delete(self, ref: PodRef) -> None:
        self.cluster.delete(ref)


@dataclass
class FileHands:
    path: Path
    pods: dict[PodRef, Pod] = field(default_factory=dict)

    async def namespace(self) -> str:
        return new_name()

    async def create(self, pod: Pod) -> Pod:
        made = replace(pod, uid=new_uid())
        await self.change(made)
        return made

    async def change(self, pod: Pod) -> None:
        self.pods[pod.ref] = pod
        self.write()

    async def delete(self, ref: PodRef) -> None:
        del self.pods[ref]
        self.write()

    def write(self) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(yaml.safe_dump([as_entry(pod) for pod in self.pods.values()]))
        beside.replace(self.path)


def as_entry(pod: Pod) -> dict[str, object]:
    return {
        "namespace": pod.ref.namespace,
        "name": pod.ref.name,
        "uid": pod.uid,
        "address": str(pod.address) if pod.address else None,
        "ports": [{"name": port.name, "number": port.number} for port in pod.ports],
        "ready": pod.ready,
        "phase": pod.phase.value,
        "deleting": pod.deleting,
        "host_network": pod.host_network,
    }


@dataclass
class ApiHands:
    """On a real API server, that has no kubelet: a pod's status is what a test writes."""

    client: httpx.AsyncClient

    async def namespace(self) -> str:
        name = new_name()
        await self.post("/api/v1/namespaces", {"metadata": {"name": name}})
        return name

    async def create(self, pod: Pod) -> Pod:
        made = await self.post(f"/api/v1/namespaces/{pod.ref.namespace}/pods", manifest(pod))
        pod = replace(pod, uid=PodUid(made["metadata"]["uid"]))
        await self.change(pod)
        return pod

    async def change(self, pod: Pod) -> None:
        path = f"/api/v1/namespaces/{pod.ref.namespace}/pods/{pod.ref.name}"
        if pod.deleting:
            await self._delete(path, grace=60)
            return
        answer = await self.client.patch(
            f"{path}/status",
            json={"status": status(pod)},
            headers={"Content-Type": "application/merge-patch+json"},
        )
        answer.raise_for_status()

    async def delete(self, ref: PodRef) -> None:
        await self._delete(f"/api/v1/namespaces/{ref.namespace}/pods/{ref.name}", grace=0)

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = await self.client.post(path, json=body)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    async def _delete(self, path: str, grace: int) -> None:
        answer = await self.client.request("DELETE", path, json={"gracePeriodSeconds": grace})
        answer.raise_for_status()


def manifest(pod: Pod) -> dict[str, object]:
    ports = [{"containerPort": port.number, "name": port.name} for port in pod.ports]
    return {
        "metadata": {"name": pod.ref.name},
        "spec": {
            "containers": [{"name": "main", "image": "registry.invalid/main", "ports": ports}],
            "nodeName": "node-1",
            "hostNetwork": pod.host_network,
            "automountServiceAccountToken": False,
        },
    }


def status(pod: Pod) -> dict[str, object]:
    conditions = [{"type": "Ready", "status": "True" if pod.ready else "False"}]
    addresses = {"podIP": str(pod.address), "podIPs": [{"ip": str(pod.address)}]} if pod.address else {}
    return {"phase": pod.phase.value, "conditions": conditions, **addresses}


@dataclass
class World:
    """An adapter under test, and the hands that change what it looks at."""

    cluster: Cluster
    hands: Hands


class Onlooker:
    """The one consumer of a cluster's sightings; remembers all of them in order."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.seen: list[tuple[PodRef, Pod | None]] = []
        self._news = asyncio.Event()

    async def run(self) -> None:
        async for sighting in self.cluster.sightings():
            self.seen.append((sighting.ref, sighting.pod))
            self._news.set()

    async def sees(self, ref: PodRef, like: Callable[[Pod | None], bool], within: float = 10.0) -> None:
        """Wait until such a sighting is there, one since ``forget`` included."""
        async with asyncio.timeout(within):
            while not any(seen == ref and like(pod) for seen, pod in self.seen):
                self._news.clear()
                await self._news.wait()

    def forget(self) -> None:
        self.seen.clear()


async def eventually(true: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 - nothing tells when it comes true
            await asyncio.sleep(0.02)


def gone(pod: Pod | None) -> bool:
    return pod is None


def is_exactly(expected: Pod) -> Callable[[Pod | None], bool]:
    return lambda pod: pod == expected


def a_pod(namespace: str, name: str = "api-0", **fields: Any) -> Pod:
    return Pod(PodRef(namespace, name), PodUid(""), **{"phase": Phase.RUNNING, "ready": True, **fields})
