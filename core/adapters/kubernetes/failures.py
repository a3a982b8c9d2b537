"""What the API server and the way to it can answer instead of an answer, translated once, by status."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import ClientError

from core.domain.errors import (
    ClusterError,
    ClusterForbidden,
    ClusterUnauthorized,
    ClusterUnreachable,
    PodNotFound,
)

_FIRST_FAILURE: Final = 300


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API server, with what is needed to say whose permission was missing.

    Attributes:
        verb: as RBAC spells it: ``get``, ``list``, ``watch``, ``create``.
        resource: the plural, as RBAC spells it.
        namespace: empty for what lives in none.
        name: of the one object asked for; empty where there is none.
        body: sent as JSON by POST where it is given; otherwise the call is a GET.
    """

    verb: str
    resource: str
    namespace: str
    path: str
    name: str = ""
    query: tuple[tuple[str, str], ...] = ()
    body: dict[str, object] | None = None


class Expired(ClusterUnreachable):
    """The resourceVersion or the ``continue`` token is too old (410): list anew."""


def failure(status: int, call: Call, where: str) -> ClusterError | None:
    """Return what a status means for a call; ``None`` for a success."""
    if status < _FIRST_FAILURE:
        return None
    if status == HTTPStatus.UNAUTHORIZED:
        return ClusterUnauthorized()
    if status == HTTPStatus.FORBIDDEN:
        return ClusterForbidden(call.verb, call.resource, call.namespace)
    if status == HTTPStatus.NOT_FOUND and call.name:
        return PodNotFound(call.namespace, call.name)
    kind = Expired if status == HTTPStatus.GONE else ClusterUnreachable
    return kind(where, f"it answered with status {status}")


@contextmanager
def translated(where: str, deadline: float = 0) -> Iterator[None]:
    """Turn the ways in which a call fails into ``ClusterUnreachable``; it was given ``deadline`` seconds."""
    try:
        yield
    except TimeoutError as exc:
        raise ClusterUnreachable(where, f"nothing came within {deadline:g} s") from exc
    except msgspec.DecodeError as exc:
        raise ClusterUnreachable(where, "what came is not what Kubernetes sends") from exc
    except (ClientError, OSError) as exc:
        raise ClusterUnreachable(where, type(exc).__name__) from exc
