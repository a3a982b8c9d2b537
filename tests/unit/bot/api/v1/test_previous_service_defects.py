"""The defects of the previous service that its API would meet, each by its number in the list that was made of them."""

import pytest

from core.domain.errors import ClusterForbidden, ClusterUnreachable
from core.domain.target import PodRef
from tests.unit.bot.api.v1.scripts import Scripts
from tests.unit.core.samples import pod


@pytest.mark.parametrize("time", [0, -1, -86_400, "0", "-5"])
async def test_defect_3_a_time_of_zero_or_less_opens_nothing(scripts: Scripts, time: int | str) -> None:
    told = await scripts.posted(time=time)
    assert told["code"] == 10001
    assert "has to be more than none" in told["msg"]
    assert scripts.town.gateway.asked["apply"] == 0


async def test_defect_8_nobody_opens_anything_over_the_network_without_a_token(scripts: Scripts) -> None:
    for method in ("POST", "GET"):
        answer = await scripts.ask(method, peer="192.168.0.1", params={"pod_name": "payments/api-0"})
        assert answer.status_code == 401
    assert await scripts.town.transactions.read(lambda uow: uow.mappings.live()) == []


@pytest.mark.parametrize(
    "error",
    [
        ClusterUnreachable("https://example.com", 'pods "api-0" not found'),
        ClusterForbidden("get", "pods", "payments (not found)"),
    ],
)
async def test_defect_9_an_error_is_known_by_its_kind_and_not_by_its_text(
    scripts: Scripts, error: ClusterUnreachable | ClusterForbidden
) -> None:
    scripts.town.cluster.fail_with(error)
    told = (await scripts.ask("GET", params={"pod_name": "payments/api-0"})).json()
    assert told["code"] == 10001


async def test_defect_9_a_pod_that_is_gone_is_known_whatever_its_name(scripts: Scripts) -> None:
    scripts.town.cluster.delete(PodRef("payments", "api-0"))
    told = (await scripts.ask("GET", params={"pod_name": "payments/api-0"})).json()
    assert told["code"] == 40004


async def test_defect_11_a_pod_without_an_address_is_not_opened(scripts: Scripts) -> None:
    scripts.town.cluster.put(pod(address=None))
    told = await scripts.posted()
    assert told["code"] == 10001
    assert "has no address yet" in told["msg"]
    assert scripts.town.gateway.asked["apply"] == 0
