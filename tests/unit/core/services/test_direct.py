"""The previous service's verb: a pod is opened at once, on the entry port, which leads to one after the other."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from core.adapters.memory.listening import MemoryConnection
from core.domain.direct import EntryBusy, OpenFailed, OpenTimedOut, PodSilent
from core.domain.errors import GatewayUnreachable
from core.domain.mapping import NOWHERE, Cause, Place
from core.domain.people import Client, Requester
from core.domain.pod import ContainerPort
from core.domain.policy import Policy, PortSet, ProbeMode
from core.domain.refusals import DirectNotAllowed, NoSuchPod, PortNotAllowed, SourceRequired
from core.domain.route import PortRange, Probe
from core.domain.states import HOLDING, State
from core.domain.target import Endpoint, Kind, PodRef, Target
from core.services.access import Terrain, Who
from core.services.direct import Direct, Opened
from core.services.transactions import Bell, Transactions
from tests.unit.core.samples import ALICE, BOB, MINUTE, POLICY, PORTS, RULE, SECOND, pod
from tests.unit.core.services.town import REST, SOON, Town, WatchedGateway

ENTRY = 8849
CI, ETL = Client("ci"), Client("etl")
V1 = Policy((replace(RULE, v1=True, approvals=2),), POLICY.operators)


class Post:
    """Asks as the API does.

    Attributes:
        transactions: of the process that it asks.
    """

    def __init__(self, town: Town, transactions: Transactions | None = None, announce: str | None = None) -> None:
        self.town = town
        terrain = Terrain(PORTS, REST, announce=announce, entry=ENTRY)
        self.direct = Direct(transactions or town.transactions, town.cluster, lambda: town.policy, terrain)

    async def __call__(
        self,
        target: str = "payments/api-0:5005",
        ttl: timedelta = MINUTE,
        who: Requester = CI,
        *,
        own_port: bool = False,
    ) -> Opened:
        return await self.direct.open(Target.parse(Kind.POD, target), ttl, Who(who), own_port=own_port)


@pytest.fixture
async def town() -> Town:
    """A town whose gateway has an entry port, and whose rule lets everybody use it."""
    town = Town(asyncio.get_running_loop(), policy=V1)
    town.gateway = WatchedGateway(PORTS, town.clock, PortRange(ENTRY, ENTRY))
    return town


@pytest.fixture
async def post(town: Town) -> Post:
    return Post(town)


def connect(town: Town) -> MemoryConnection:
    return town.gateway.connect(ENTRY, "10.0.0.1")


def pod_endpoint() -> Endpoint:
    return Endpoint(ip_address("10.1.2.3"), 5005, pod().uid)


# -- one after the other ----------------------------------------------------------------------------------------------


async def test_a_pod_is_open_on_the_entry_port_when_the_answer_comes_and_nobody_was_asked(
    town: Town, post: Post
) -> None:
    async with town.process():
        opened = await post()
        assert (opened.mapping.state, opened.mapping.port, opened.mapping.votes) == (State.OPEN, ENTRY, ())
        assert (opened.replaced, opened.cut_to) == (None, None)
        assert await town.serves(opened.mapping)


async def test_the_next_one_cuts_the_one_before_and_takes_the_port_without_a_rest(town: Town, post: Post) -> None:
    async with town.process():
        first = (await post()).mapping
        caller = connect(town)
        second = await post("payments/db-0:5432", who=ETL)
        assert not caller.alive
        assert second.replaced is not None
        assert second.replaced.id == first.id
        assert (second.mapping.port, second.mapping.state) == (ENTRY, State.OPEN)
        assert await town.serves(second.mapping)
        before = await town.now(first)
        assert before.state is State.CLOSED
        assert before.ending is not None
        assert (before.ending.cause, before.ending.by, before.ending.detail) == (
            Cause.REPLACED,
            ETL,
            "payments/db-0:5432",
        )


async def test_whoever_the_replaced_one_belonged_to_is_told(town: Town, post: Post) -> None:
    async with town.process():
        first = (await post(who=ALICE)).mapping
        await post("payments/db-0:5432", who=BOB)
        await asyncio.sleep(SOON)
        assert await town.told(first) == ["opened:thread", "replaced:requester", "ended:thread"]


async def test_nobody_is_told_that_they_replaced_their_own(town: Town, post: Post) -> None:
    async with town.process():
        first = (await post(who=ALICE)).mapping
        await post("payments/db-0:5432", who=ALICE)
        assert "replaced:requester" not in await town.told(first)


async def test_two_at_once_are_done_one_after_the_other_and_the_last_one_has_the_port(town: Town, post: Post) -> None:
    async with town.process():
        first, second = await asyncio.gather(post(), post("payments/db-0:5432"))
        assert first.mapping.opened_at is not None
        assert second.replaced is not None
        assert second.replaced.id == first.mapping.id
        assert await town.serves(second.mapping)


async def test_two_processes_take_turns_as_well(town: Town, post: Post) -> None:
    other = Post(town, Transactions(town.storage, town.clock, Bell()))
    async with town.process():
        answers = await asyncio.gather(
            *(one(f"payments/{name}:5005") for one in (post, other) for name in ("api-0", "db-0"))
        )
        assert all(answer.mapping.opened_at is not None for answer in answers)
        holding = [m for m in town.storage.tables.mappings.values() if m.state in HOLDING]
        assert [m.port for m in holding] == [ENTRY]


async def test_a_port_of_its_own_leaves_the_entry_port_alone(town: Town, post: Post) -> None:
    async with town.process():
        first = (await post()).mapping
        own = await post("payments/db-0:5432", own_port=True)
        assert own.mapping.port in PORTS.numbers()
        assert own.replaced is None
        assert await town.serves(first)
        assert await town.serves(own.mapping)


async def test_the_entry_port_is_given_to_no_other_mapping() -> None:
    with pytest.raises(ValueError, match="entry port 10000"):
        Terrain(PORTS, entry=PORTS.first)


# -- whatever the holder is up to -------------------------------------------------------------------------------------


async def test_a_mapping_that_came_to_its_end_in_that_moment_is_cut_and_not_replaced(town: Town, post: Post) -> None:
    async with town.process():
        first = (await post(ttl=10 * SECOND)).mapping
        await asyncio.sleep(10)
        second = await post("payments/db-0:5432")
        assert await town.serves(second.mapping)
        ending = (await town.now(first)).ending
        assert ending is not None
        assert ending.cause in {Cause.EXPIRED, Cause.REPLACED}
        assert (second.replaced is None) is (ending.cause is Cause.EXPIRED)


async def test_a_pod_that_does_not_answer_is_said_at_once_and_nothing_is_left(town: Town, post: Post) -> None:
    town.policy = Policy((replace(RULE, v1=True, probe=ProbeMode.CONNECT),))
    town.gateway.answer(pod_endpoint(), Probe.REFUSED)
    async with town.process():
        with pytest.raises(PodSilent, match=r"does not answer on 10\.1\.2\.3:5005") as caught:
            await post()
        await asyncio.sleep(SOON)
        left = await town.now(caught.value.mapping)
        assert left.state is State.FAILED
        town.gateway.answer(pod_endpoint(), Probe.ANSWERED)
        assert (await post()).mapping.port == ENTRY


async def test_a_gateway_that_is_away_is_said_in_time_and_nothing_opens_when_it_is_back(town: Town, post: Post) -> None:
    async with town.process():
        await asyncio.sleep(SOON)
        town.gateway.fail_with(GatewayUnreachable("memory"))
        with pytest.raises(OpenTimedOut, match="within 10 s") as caught:
            await post()
        town.gateway.recover()
        await asyncio.sleep(5)
        assert (await town.now(caught.value.mapping)).state is State.FAILED
        assert (await town.gateway.observe()).slots[ENTRY].shut


async def test_a_holder_that_nobody_can_cut_is_named(town: Town, post: Post) -> None:
    async with town.process():
        first = (await post()).mapping
        connect(town)
        town.gateway.cling(ENTRY)
        with pytest.raises(EntryBusy, match=f"m{first.id}, which is closing"):
            await post("payments/db-0:5432")
        town.gateway.cling(ENTRY, on=False)
        await asyncio.sleep(3)
        assert (await post("payments/db-0:5432")).mapping.state is State.OPEN


async def test_a_process_that_died_over_it_hinders_nobody(town: Town, post: Post) -> None:
    asking = asyncio.ensure_future(post())
    await asyncio.sleep(SOON)
    asking.cancel()  # nobody converges yet: it is approved, and nobody waits for it any more
    async with town.process():
        second = await post("payments/db-0:5432")
        assert await town.serves(second.mapping)


async def test_a_pod_that_goes_before_the_port_is_open_is_said(town: Town, post: Post) -> None:
    asking = asyncio.ensure_future(post())
    await asyncio.sleep(SOON)
    town.cluster.delete(PodRef("payments", "api-0"))
    town.gateway.fail_with(GatewayUnreachable("memory"))
    async with town.process():
        with pytest.raises(OpenFailed, match="target gone meanwhile"):
            await asking


# -- what may be asked for --------------------------------------------------------------------------------------------


async def test_only_a_rule_that_says_so_opens_without_asking(town: Town, post: Post) -> None:
    town.policy = POLICY
    for target in ("payments/api-0", "search/api-0"):
        with pytest.raises(DirectNotAllowed, match="not opened without asking"):
            await post(target)
    assert await town.record() == ["refused:open", "refused:open"]
    assert town.storage.tables.mappings == {}


async def test_a_request_that_is_refused_takes_nobodys_port(town: Town, post: Post) -> None:
    town.policy = Policy((replace(RULE, v1=True, ports=PortSet(ranges=((5005, 5005),))),))
    async with town.process():
        first = (await post()).mapping
        with pytest.raises(PortNotAllowed):
            await post("payments/api-0:8080")
        assert await town.serves(first)


async def test_the_rule_holds_for_callers_and_for_pods(town: Town, post: Post) -> None:
    town.policy = Policy((replace(RULE, v1=True, source_required=True),))
    with pytest.raises(SourceRequired):
        await post()
    town.policy = V1
    with pytest.raises(NoSuchPod, match="there is no pod payments/api-7") as caught:
        await post("payments/api-7")
    assert {near.ref.name for near in caught.value.near} == {"api-0", "api-1"}


@pytest.mark.parametrize(
    ("ports", "expected"), [({}, ENTRY), ({"http": 8080}, ENTRY), ({"jprofiler-port": 9999}, 9999)]
)
async def test_without_a_port_it_is_the_pods_named_one_or_the_entry_ports_number(
    town: Town, post: Post, ports: dict[str, int], expected: int
) -> None:
    town.cluster.put(pod(ports=tuple(ContainerPort(number, name) for name, number in ports.items())))
    async with town.process():
        assert (await post("payments/api-0")).mapping.endpoint.port == expected


async def test_it_is_shown_in_the_announcement_channel_or_nowhere(town: Town, post: Post) -> None:
    async with town.process():
        assert (await post()).mapping.place == NOWHERE
        assert (await Post(town, announce="CANN")()).mapping.place == Place("CANN")
