"""Who may see which Service's standing port."""

import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.people import Client, Requester, UserId
from core.domain.policy import Policy
from core.domain.refusals import NotAMember
from core.domain.route import PortRange
from core.domain.service import Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Grounds
from core.domain.target import Endpoint, PodUid
from tests.unit.core.samples import ALICE, BOB, CAROL, POLICY, RULE, operators
from tests.unit.core.services.town import Town

GROUNDS = Grounds(PortRange(9000, 9003), frozenset({"payments", "search"}), Sources.parse("10.0.0.0/8"))


@pytest.fixture
async def town() -> Town:
    """One with a Service in each of two namespaces, of which alice may ask for the first."""
    town = Town(asyncio.get_running_loop(), grounds=GROUNDS)
    town.policy = Policy((replace(RULE, requesters=operators(ALICE), approvers=operators(ALICE)),), POLICY.operators)
    for number, namespace in enumerate(("payments", "search")):
        endpoint = Endpoint(ip_address("10.96.0.1") + number, 5005, PodUid("uid"))
        town.services.put(Service(ServiceRef(namespace, "api"), ServiceUid("uid"), endpoint))
    async with town.process():
        await asyncio.sleep(1)
    return town


@pytest.mark.parametrize(
    ("viewer", "hidden"),
    [(ALICE, [False, True]), (BOB, [True, True]), (CAROL, [False, False]), (Client("ci"), [False, False])],
    ids=["may ask", "a member", "an operator", "a program"],
)
async def test_whoever_could_ask_or_decide_there_sees_the_service(
    town: Town, viewer: Requester, hidden: list[bool]
) -> None:
    rows = await town.queries.services(viewer)
    assert [(row.standing.port, row.standing.service.namespace) for row in rows] == [
        (9000, "payments"),
        (9001, "search"),
    ]
    assert [row.hidden for row in rows] == hidden


async def test_nobody_but_members_sees_a_thing(town: Town) -> None:
    with pytest.raises(NotAMember):
        await town.queries.services(replace(BOB, user=UserId("UNOBODY")))


async def test_without_standing_ports_those_that_there_were_are_not_listed(town: Town) -> None:
    without = Town(town.loop)
    without.transactions = town.transactions
    assert await without.queries.services(ALICE) == []
