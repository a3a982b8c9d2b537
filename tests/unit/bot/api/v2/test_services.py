import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest

from core.domain.route import PortRange
from core.domain.service import Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Grounds
from core.domain.target import Endpoint, PodUid
from tests.unit.bot.api.v2.counter import Counter, counter_in
from tests.unit.core.services.town import Town

GROUNDS = Grounds(PortRange(9000, 9003), frozenset({"payments", "secret"}), Sources.parse("10.0.0.0/8"))


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    """In front of a town in which some Services have ports."""
    town = Town(asyncio.get_running_loop(), grounds=GROUNDS)
    endpoint = Endpoint(ip_address("10.96.0.7"), 5005, PodUid("uid"))
    town.services.put(Service(ServiceRef("payments", "api"), ServiceUid("uid"), endpoint))
    town.services.put(Service(ServiceRef("secret", "vault"), ServiceUid("uid"), None, headless=True))
    async with counter_in(town) as counter, town.process():
        await asyncio.sleep(1)
        yield counter


async def test_every_standing_port_is_listed_with_where_it_leads(counter: Counter) -> None:
    answer = await counter.get("reader", "/services")
    assert answer.status_code == 200
    payments, secret = answer.json()["items"]
    assert payments.pop("since").endswith("Z")
    assert payments == {
        "namespace": "payments",
        "name": "api",
        "port": 9000,
        "host": "gw.example.com",
        "endpoint": "10.96.0.7:5005",
        "headless": False,
        "leaving": False,
    }
    assert (secret["name"], secret["port"], secret["endpoint"], secret["headless"]) == ("vault", 9001, None, True)


async def test_a_person_sees_those_where_they_could_ask_or_decide(counter: Counter) -> None:
    items = (await counter.get("alice", "/services")).json()["items"]
    assert [item["namespace"] for item in items] == ["payments"]
