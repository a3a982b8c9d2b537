"""Which permissions are missing, asked of the API server itself."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from typing import Final

from core.adapters.kubernetes import decoding
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.failures import Call, translated

VERBS: Final = ("get", "list", "watch")
"""What is done with pods."""

_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """Something that our credentials may not do.

    Attributes:
        namespace: empty where it was asked for all of them.
    """

    verb: str
    resource: str
    namespace: str

    def __str__(self) -> str:
        return f"{self.verb} {self.resource} in {self.namespace or 'all namespaces'}"


async def missing_permissions(connection: Connection, namespaces: Collection[str]) -> tuple[MissingPermission, ...]:
    """Ask for every verb in every namespace, by SelfSubjectAccessReview; an empty name stands for all namespaces.

    Every authenticated user may ask this of themselves (``system:basic-user``). Raises what ``Connection`` raises.
    """
    wanted = [MissingPermission(verb, "pods", namespace) for namespace, verb in product(namespaces, VERBS)]
    answers = await asyncio.gather(*(_allowed(connection, each) for each in wanted))
    return tuple(each for each, allowed in zip(wanted, answers, strict=True) if not allowed)


async def _allowed(connection: Connection, asked: MissingPermission) -> bool:
    attributes = {"verb": asked.verb, "resource": asked.resource, "namespace": asked.namespace}
    review: dict[str, object] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    call = Call("create", "selfsubjectaccessreviews.authorization.k8s.io", "", _REVIEWS, body=review)
    body = await connection.read(call)
    with translated(connection.where):
        return decoding.allowed(body)
