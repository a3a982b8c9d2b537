"""Which permissions are missing, asked of the API server itself."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from core.adapters.kubernetes import decoding
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.failures import Call, translated
from core.adapters.kubernetes.resources import PODS, SERVICES, SLICES, Resource

_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """Something that our credentials may not do.

    Attributes:
        namespace: empty where it was asked for all of them.
        group: the resource's, as RBAC spells it; empty for the core.
    """

    verb: str
    resource: str
    namespace: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource} in {self.namespace or 'all namespaces'}"


def on_pods(namespaces: Collection[str]) -> Iterator[MissingPermission]:
    """Yield what it takes to look pods up and to watch them."""
    return _on([PODS], namespaces)


def on_services(namespaces: Collection[str]) -> Iterator[MissingPermission]:
    """Yield what it takes to follow Services, headless ones included."""
    return _on([SERVICES, SLICES], namespaces)


def _on(resources: Collection[Resource[Any]], namespaces: Collection[str]) -> Iterator[MissingPermission]:
    for namespace, resource in product(namespaces, resources):
        for verb in resource.verbs:
            yield MissingPermission(verb, resource.name, namespace, resource.group)


async def missing_permissions(
    connection: Connection, wanted: Collection[MissingPermission]
) -> tuple[MissingPermission, ...]:
    """Return those that are missing, by SelfSubjectAccessReview; an empty namespace stands for all of them.

    Every authenticated user may ask this of themselves (``system:basic-user``). Raises what ``Connection`` raises.
    """
    answers = await asyncio.gather(*(_allowed(connection, each) for each in wanted))
    return tuple(each for each, allowed in zip(wanted, answers, strict=True) if not allowed)


async def _allowed(connection: Connection, asked: MissingPermission) -> bool:
    attributes = {
        "verb": asked.verb,
        "group": asked.group,
        "resource": asked.resource,
        "namespace": asked.namespace,
    }
    review: dict[str, object] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    call = Call("create", "selfsubjectaccessreviews.authorization.k8s.io", "", _REVIEWS, body=review)
    body = await connection.read(call)
    with translated(connection.where):
        return decoding.allowed(body)
