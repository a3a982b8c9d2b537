import msgspec
import pytest
from aiohttp import ClientConnectionError, ServerDisconnectedError

from core.adapters.kubernetes.failures import Call, Expired, failure, translated
from core.domain.errors import (
    ClusterError,
    ClusterForbidden,
    ClusterUnauthorized,
    ClusterUnreachable,
    PodNotFound,
)

GET = Call("get", "pods", "payments", "/x", name="api-0")
LIST = Call("list", "pods", "payments", "/x")


@pytest.mark.parametrize(
    ("status", "call", "expected"),
    [
        (401, GET, ClusterUnauthorized),
        (403, GET, ClusterForbidden),
        (404, GET, PodNotFound),
        (404, LIST, ClusterUnreachable),
        (410, LIST, Expired),
        (302, LIST, ClusterUnreachable),
        (429, LIST, ClusterUnreachable),
        (500, GET, ClusterUnreachable),
        (504, LIST, ClusterUnreachable),
    ],
)
def test_a_status_has_one_meaning(status: int, call: Call, expected: type[ClusterError]) -> None:
    assert type(failure(status, call, "https://api")) is expected


@pytest.mark.parametrize("status", [200, 201])
def test_a_success_is_no_failure(status: int) -> None:
    assert failure(status, GET, "https://api") is None


def test_a_missing_permission_is_told_as_one_to_grant() -> None:
    error = failure(403, LIST, "https://api")
    assert str(error) == "Pod-Proxier may not list pods in payments (403)"


@pytest.mark.parametrize(
    "raised",
    [TimeoutError(), ConnectionResetError(), ClientConnectionError(), ServerDisconnectedError(), msgspec.DecodeError()],
    ids=lambda raised: type(raised).__name__,
)
def test_whatever_breaks_a_call_is_told_as_unreachable(raised: Exception) -> None:
    with pytest.raises(ClusterUnreachable, match="https://api"), translated("https://api", 5.0):
        raise raised


def test_a_mistake_of_our_own_is_not_taken_for_the_clusters() -> None:
    with pytest.raises(KeyError), translated("https://api", 5.0):
        raise KeyError
