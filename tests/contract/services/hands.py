"""The hands that change what an adapter of ``Services`` looks at: the twin's, and those on a real API server."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, ip_address
from itertools import count
from typing import Protocol

from core.adapters.memory.services import MemoryServices
from core.domain.service import Catalogue, Service, ServiceRef, ServiceUid
from core.domain.target import Endpoint, PodUid
from core.interfaces import Services
from tests.contract.cluster.hands import ApiHands, new_name, new_uid


class Hands(Protocol):
    """Makes Services, changes and deletes them; each returns when the change is made."""

    async def namespace(self) -> str:
        """A namespace without Services."""
        ...

    async def create(self, ref: ServiceRef, port: int = 5005, port_name: str = "debug") -> Service:
        """Returns the Service with the UID and the address that it got."""
        ...

    async def change_port(self, service: Service, port: int) -> Service: ...

    async def rename_port(self, service: Service, port_name: str) -> None: ...

    async def delete(self, ref: ServiceRef) -> None: ...


@dataclass
class MemoryHands:
    services: MemoryServices
    addresses: Iterator[int] = field(default_factory=lambda: count(int(IPv4Address("10.96.0.1"))))

    async def namespace(self) -> str:
        return new_name()

    async def create(self, ref: ServiceRef, port: int = 5005, port_name: str = "debug") -> Service:
        uid = new_uid()
        endpoint = Endpoint(IPv4Address(next(self.addresses)), port, uid)
        made = Service(ref, ServiceUid(uid), endpoint)
        self.services.put(made, port_name)
        return made

    async def change_port(self, service: Service, port: int) -> Service:
        changed = at_port(service, port)
        self.services.put(changed)
        return changed

    async def rename_port(self, service: Service, port_name: str) -> None:
        self.services.put(service, port_name)

    async def delete(self, ref: ServiceRef) -> None:
        self.services.delete(ref)


class ApiServiceHands:
    """On a real API server, that has no controllers: an EndpointSlice is what a test writes."""

    def __init__(self, api: ApiHands) -> None:
        self.api = api

    async def namespace(self) -> str:
        return await self.api.namespace()

    async def create(self, ref: ServiceRef, port: int = 5005, port_name: str = "debug", **spec: object) -> Service:
        ports = [{"name": port_name, "port": port}]
        body = {"metadata": {"name": ref.name}, "spec": {"ports": ports, **spec}}
        made = await self.api.post(services_path(ref.namespace), body)
        uid, address = made["metadata"]["uid"], made["spec"].get("clusterIP", "None")
        if address == "None":
            return Service(ref, ServiceUid(uid), None, headless="clusterIP" in made["spec"])
        return Service(ref, ServiceUid(uid), Endpoint(ip_address(address), port, PodUid(uid)))

    async def change_port(self, service: Service, port: int) -> Service:
        await self._change_ports(service.ref, {"name": "debug", "port": port})
        return at_port(service, port)

    async def rename_port(self, service: Service, port_name: str) -> None:
        assert service.endpoint is not None
        await self._change_ports(service.ref, {"name": port_name, "port": service.endpoint.port})

    async def delete(self, ref: ServiceRef) -> None:
        answer = await self.api.client.delete(f"{services_path(ref.namespace)}/{ref.name}")
        answer.raise_for_status()

    async def _change_ports(self, ref: ServiceRef, *ports: dict[str, object]) -> None:
        answer = await self.api.client.patch(
            f"{services_path(ref.namespace)}/{ref.name}",
            json={"spec": {"ports": ports}},
            headers={"Content-Type": "application/merge-patch+json"},
        )
        answer.raise_for_status()


def services_path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/services"


def at_port(service: Service, port: int) -> Service:
    assert service.endpoint is not None
    return replace(service, endpoint=replace(service.endpoint, port=port))


@dataclass
class World:
    """An adapter under test, and the hands that change what it looks at."""

    services: Services
    hands: Hands


class Reader:
    """The one consumer of the pictures; remembers all of them in order."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.pictures: list[Catalogue] = []
        self._news = asyncio.Event()

    async def run(self) -> None:
        async for picture in self.services.catalogues():
            self.pictures.append(picture)
            self._news.set()

    @property
    def last(self) -> Catalogue:
        return self.pictures[-1] if self.pictures else Catalogue()

    async def sees(self, like: Callable[[Catalogue], bool], within: float = 10.0) -> None:
        """Wait until the last picture is such a one."""
        async with asyncio.timeout(within):
            while not like(self.last):
                self._news.clear()
                await self._news.wait()


def exactly(*services: Service) -> Callable[[Catalogue], bool]:
    """These Services and no others, in one picture."""
    return lambda picture: picture.services == {service.ref: service for service in services}


def knows(*namespaces: str) -> Callable[[Catalogue], bool]:
    """These namespaces and no others."""
    return lambda picture: picture.known == set(namespaces)


def nothing_in(namespace: str) -> Callable[[Catalogue], bool]:
    """It was read, and there is no Service in it."""
    return lambda picture: picture == Catalogue({}, frozenset({namespace}))
