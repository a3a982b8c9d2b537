"""Standing ports, with everything that runs by itself."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

import pytest
from structlog.testing import capture_logs

from core.adapters.memory.services import MemoryServices
from core.adapters.memory.standing import MemoryStandingPorts
from core.domain.errors import GatewayRefused, StorageUnavailable
from core.domain.route import Applied, PortRange, Route
from core.domain.service import Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Change, Grounds, StandingEvent, StandingPort
from core.domain.states import State
from core.domain.target import Endpoint, PodUid
from core.services.access import Who
from core.services.brakes import Brakes
from core.services.bulk import MANY
from core.services.leadership import LASTS
from core.services.standing import Status
from tests.unit.core.samples import CAROL, HOUR
from tests.unit.core.services.town import Town

GROUNDS: Final = Grounds(PortRange(9000, 9003), frozenset({"payments", "search"}), Sources.parse("10.0.0.0/8"))
FIRST: Final = 9000


@pytest.fixture
async def town() -> Town:
    """A town in which Services have ports as well."""
    return town_of(GROUNDS)


def town_of(grounds: Grounds, batch: int = 50) -> Town:
    return Town(asyncio.get_running_loop(), grounds=grounds, batch=batch)


def service(name: str = "api", host: str = "10.96.0.1", namespace: str = "payments", uid: str = "") -> Service:
    known = ServiceUid(uid or f"uid-of-{name}")
    return Service(ServiceRef(namespace, name), known, Endpoint(ip_address(host), 5005, PodUid(known)))


async def rows(town: Town) -> Mapping[int, StandingPort]:
    return {row.port: row for row in await town.transactions.read(lambda uow: uow.standing.all())}


async def names(town: Town) -> Mapping[int, str]:
    return {port: row.service.name for port, row in (await rows(town)).items()}


def reached(town: Town, port: int = FIRST, source: str = "10.0.0.1") -> str | None:
    """The address that a caller of a port gets to."""
    endpoint = town.gateway.connect(port, source).endpoint
    return str(endpoint.address) if endpoint else None


async def settled(seconds: float = 1) -> None:
    """Catalogues come about five times a second."""
    await asyncio.sleep(seconds)


# -- a port for each --------------------------------------------------------------------------------------------------


async def test_every_service_has_a_port_that_leads_to_it_and_the_record_says_so(town: Town) -> None:
    town.services.put(service("web", "10.96.0.2"))
    town.services.put(service())
    async with town.process():
        await settled()
        assert await names(town) == {9000: "api", 9001: "web"}
        assert (reached(town, 9000), reached(town, 9001)) == ("10.96.0.1", "10.96.0.2")
        assert reached(town, 9000, "192.168.0.1") is None
        assert await town.record() == ["standing:granted"] * 2
        town.services.put(service("third", "10.96.0.3", "search"))
        await settled()
        assert reached(town, 9002) == "10.96.0.3"
        assert town.metrics.services == (3, 0)


async def test_a_service_with_nowhere_to_lead_to_has_a_port_that_is_shut_until_there_is(town: Town) -> None:
    town.services.put(replace(service(), endpoint=None, headless=True))
    async with town.process():
        await settled()
        assert await names(town) == {9000: "api"}
        assert (await town.gateway.observe()).slots[9000].shut
        town.services.put(replace(service(), headless=True))
        await settled()
        assert reached(town) == "10.96.0.1"
        town.services.put(replace(service(), endpoint=None, headless=True))
        await settled()
        assert (await town.gateway.observe()).slots[9000].shut


async def test_a_service_of_another_namespace_gets_none(town: Town) -> None:
    town.services.put(service(namespace="secret"))
    async with town.process():
        await settled()
        assert await rows(town) == {}


async def test_mappings_and_services_go_on_beside_each_other(town: Town) -> None:
    town.services.put(service())
    async with town.process():
        mapping = await town.open()
        await settled()
        assert mapping.state is State.OPEN
        assert await town.serves(mapping)
        assert reached(town) == "10.96.0.1"
        await town.close(mapping)
        town.services.delete(service().ref)
        await settled()
        assert (await town.now(mapping)).state is State.CLOSED
        assert await rows(town) == {}


# -- defect 4 of the previous service: its table of ports lived in memory ---------------------------------------------


async def test_defect_4_a_service_keeps_its_port_over_restarts_whoever_comes_first_by_name(town: Town) -> None:
    town.services.put(service("web", "10.96.0.2"))
    async with town.process("one"):
        await settled()
        caller = town.gateway.connect(9000, "10.0.0.1")
    town.services.put(service("api"))
    async with town.process("two"):
        await settled()
        assert await names(town) == {9000: "web", 9001: "api"}
        assert caller.alive


async def test_after_a_restart_the_cluster_is_told_where_headless_services_led(town: Town) -> None:
    headless = replace(service("db", "10.1.0.7"), headless=True)
    town.services.put(headless)
    town.services.put(service())
    async with town.process():
        await settled()
        assert town.services.kept == {}
    async with town.process():
        await settled()
        assert town.services.kept == {headless.ref: headless.endpoint}


async def test_defect_4_what_was_deleted_while_nobody_looked_is_shut_and_its_port_goes_to_another(town: Town) -> None:
    town.services.put(service())
    async with town.process("one"):
        await settled()
        caller = town.gateway.connect(9000, "10.0.0.1")
    town.services.delete(service().ref)
    async with town.process("two"):
        await settled()
        assert not caller.alive
        assert (await town.gateway.observe()).slots[9000].shut
        town.services.put(service("another", "10.96.0.9"))
        await settled()
        assert reached(town) == "10.96.0.9"


async def test_defect_4_a_restarted_gateway_serves_mappings_and_services_after_one_bulk(town: Town) -> None:
    for number in range(3):
        town.services.put(service(f"api-{number}", f"10.96.0.{number}"))
    async with town.process():
        mapping = await town.open(ttl=2 * HOUR)
        await settled()
        before = town.gateway.asked.copy()
        town.gateway.restart()
        await asyncio.sleep(0.5)
        assert [reached(town, 9000 + number) for number in range(3)] == [f"10.96.0.{number}" for number in range(3)]
        assert await town.serves(mapping)
        assert town.gateway.asked["resync"] - before["resync"] == 1
        assert town.gateway.asked["apply"] - before["apply"] <= 1  # what was recorded of the mapping's restart


async def test_defect_4_until_the_cluster_has_spoken_every_service_keeps_what_it_had(town: Town) -> None:
    town.services.put(service())
    async with town.process("one"):
        await settled()
    town.gateway.restart()
    town.services = MemoryServices()
    town.services.hang()
    async with town.process("two") as process:
        await settled(60)
        assert reached(town) == "10.96.0.1"
        assert process.standing is not None
        assert process.standing.status == Status(unread=("payments", "search"))
        town.services.recover()
        await settled()
        assert await rows(town) == {}
        assert process.standing.status == Status()


# -- defect 10: it never followed a change, and forgot what could not be committed ------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        service(host="10.96.0.9"),
        replace(service(), endpoint=Endpoint(ip_address("10.96.0.1"), 8000, PodUid("uid-of-api"))),
        service(host="10.96.0.9", uid="another incarnation"),
    ],
    ids=["ClusterIP", "port", "recreated"],
)
async def test_defect_10_a_service_that_changes_is_followed_on_its_port(town: Town, changed: Service) -> None:
    town.services.put(service())
    async with town.process():
        await settled()
        caller = town.gateway.connect(9000, "10.0.0.1")
        town.services.put(changed)
        await settled()
        assert not caller.alive
        assert town.gateway.connect(9000, "10.0.0.1").endpoint == changed.endpoint
        assert (await rows(town))[9000].uid == changed.uid
        assert await town.record() == ["standing:granted", "standing:moved"]
        assert town.metrics.moves == 1


async def test_defect_10_a_service_that_is_recreated_between_two_looks_keeps_its_port(town: Town) -> None:
    for name in ("api", "web"):
        town.services.put(service(name))
    async with town.process():
        await settled()
        town.services.delete(service("web").ref)
        await settled()
        town.services.put(service("web", "10.96.0.7", uid="another incarnation"))
        await settled()
        assert await names(town) == {9000: "api", 9001: "web"}
        assert reached(town, 9001) == "10.96.0.7"


@pytest.mark.parametrize("how", ["delete", "rename"])
async def test_defect_10_what_is_deleted_or_whose_port_is_renamed_gives_its_port_back(town: Town, how: str) -> None:
    town.services.put(service())
    async with town.process():
        await settled()
        caller = town.gateway.connect(9000, "10.0.0.1")
        if how == "delete":
            town.services.delete(service().ref)
        else:
            town.services.put(service(), "http")
        await settled()
        assert not caller.alive
        assert await rows(town) == {}
        assert (await town.gateway.observe()).slots[9000].shut
        assert await town.record() == ["standing:granted", "standing:leaving", "standing:given_back"]


async def test_defect_10_what_is_no_longer_allowed_is_shut_at_once_with_the_cluster_away(town: Town) -> None:
    town.services.put(service())
    async with town.process("one"):
        await settled()
        caller = town.gateway.connect(9000, "10.0.0.1")
    town.services.hang()
    town.grounds = replace(GROUNDS, namespaces=frozenset({"search"}))
    async with town.process("two"):
        await settled()
        assert not caller.alive
        assert await rows(town) == {}


@pytest.mark.parametrize("when", ["begin", "commit"])
async def test_defect_10_what_could_not_be_committed_is_not_forgotten(town: Town, when: str) -> None:
    async with town.process() as process:
        await settled()
        full = StorageUnavailable("the disk is full")
        town.storage.fail_with(full, on="begin" if when == "begin" else "commit")
        town.services.put(service())
        await settled(3)
        assert town.storage.tables.standing == {}
        assert process.standing is not None
        assert process.standing.status is not None
        assert "disk is full" in process.standing.status.trouble
        town.storage.fail_with(None, on="begin" if when == "begin" else "commit")
        await settled()
        assert reached(town) == "10.96.0.1"
        assert process.standing.status.trouble == ""


async def test_defect_10_what_the_gateway_did_not_do_is_tried_again(town: Town) -> None:
    async with town.process():
        await settled()
        town.gateway.stop()
        town.services.put(service())
        await settled(30)
        assert await names(town) == {9000: "api"}
        town.gateway.restart()
        await settled()
        assert reached(town) == "10.96.0.1"
        town.gateway.refuse()
        town.services.put(service(host="10.96.0.9"))
        await settled(5)
        town.gateway.recover()
        await settled(2)
        assert reached(town) == "10.96.0.9"


# -- a range that is full, or another one -----------------------------------------------------------------------------


async def test_a_full_range_is_said_and_heals_by_itself(town: Town) -> None:
    for name in "abcdef":
        town.services.put(service(name))
    async with town.process() as process:
        with capture_logs() as logs:
            await settled()
            assert await names(town) == {9000: "a", 9001: "b", 9002: "c", 9003: "d"}
            assert town.metrics.services == (4, 2)
            assert process.standing is not None
            assert process.standing.status is not None
            assert [ref.name for ref in process.standing.status.without] == ["e", "f"]
            (told,) = [entry for entry in logs if entry["event"] == "standing.range_full"]
            assert (told["ports"], told["without"], told["first"]) == ("9000-9003", 2, "payments/e, payments/f")
            town.services.delete(service("b").ref)
            await settled()
            assert (await names(town))[9001] == "e"
            town.services.delete(service("f").ref)
            await settled()
        assert town.metrics.services == (4, 0)
        assert process.standing.status == Status()
        assert [entry["event"] for entry in logs].count("standing.range_has_room") == 1


async def test_a_port_is_not_given_to_another_before_nobody_is_left_on_it(town: Town) -> None:
    for name in "abcde":
        town.services.put(service(name))
    async with town.process():
        await settled()
        caller = town.gateway.connect(9000, "10.0.0.1")
        town.gateway.cling(9000)
        town.services.delete(service("a").ref)
        await settled(5)
        assert (await rows(town))[9000].leaving
        assert "e" not in (await names(town)).values()
        caller.hang_up()
        await settled(2)
        assert (await names(town))[9000] == "e"


async def test_with_another_range_everybody_gets_another_port(town: Town) -> None:
    town.services.put(service())
    async with town.process("one"):
        await settled()
    elsewhere = town_of(replace(GROUNDS, ports=PortRange(9100, 9101)))
    town.gateway, town.grounds = elsewhere.gateway, elsewhere.grounds
    async with town.process("two"):
        await settled()
        assert await names(town) == {9100: "api"}
        assert reached(town, 9100) == "10.96.0.1"


async def test_a_port_that_a_mapping_was_granted_before_stays_its_own(town: Town) -> None:
    async with town.process("one"):
        mapping = await town.open(ttl=2 * HOUR)
        caller = town.connect(mapping)
    row = StandingPort(10_000, service().ref, service().uid, service().endpoint, town.clock.now())
    async with town.storage.unit_of_work() as uow:
        await uow.standing.record([Change(StandingEvent.GRANTED, row, None, town.clock.now())])
        await uow.commit()
    town.grounds = replace(GROUNDS, ports=PortRange(10_000, 10_001))
    town.services.put(service())
    async with town.process("two"):
        await settled()
        assert await names(town) == {10_001: "api"}
        assert await town.serves(mapping)
        assert caller.alive
        assert reached(town, 10_001) == "10.96.0.1"
        town.services.put(service("web", "10.96.0.2"))
        await settled(11)
        assert await names(town) == {10_001: "api"}
        await town.close(mapping)
        await settled(11)
        assert await names(town) == {10_001: "api", 10_000: "web"}
        assert reached(town, 10_000) == "10.96.0.2"


async def test_a_gateway_without_a_slot_for_a_port_is_asked_seldom_and_counted(town: Town) -> None:
    town.services.put(service())
    town.gateway = Town(town.loop).gateway
    async with town.process():
        with capture_logs() as logs:
            await settled(8)
            assert await names(town) == {9000: "api"}
            assert [entry["event"] for entry in logs].count("standing.no_slot") == 1
            assert town.gateway.asked["apply"] == 1
        town.services.delete(service().ref)
        await settled()
        assert await rows(town) == {}


async def test_an_endpoint_that_the_gateway_refuses_leaves_the_port_shut(town: Town) -> None:
    town.services.put(service())
    async with town.process():
        await settled()
        town.services.put(service(host="169.254.169.254"))
        await settled()
        assert (await town.gateway.observe()).slots[9000].shut
        assert town.metrics.gateway_errors[GatewayRefused.__name__] > 0
        town.services.put(service(host="10.96.0.3"))
        await settled(2)
        assert reached(town) == "10.96.0.3"


# -- many -------------------------------------------------------------------------------------------------------------


def numbered(number: int) -> Service:
    return service(f"api-{number:03}", str(ip_address("10.96.0.0") + number))


async def test_a_thousand_services_come_in_batches_and_a_mapping_does_not_wait_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = town_of(replace(GROUNDS, ports=PortRange(20_000, 20_999)))
    batches: list[int] = []
    resync, record = town.gateway.resync, MemoryStandingPorts.record

    async def slow(routes: Collection[Route]) -> None:
        await asyncio.sleep(0.4)
        await resync(routes)

    async def counted(self: MemoryStandingPorts, changes: Sequence[Change]) -> None:
        batches.append(len(changes))
        await record(self, changes)

    monkeypatch.setattr(town.gateway, "resync", slow)
    monkeypatch.setattr(MemoryStandingPorts, "record", counted)
    async with town.process():
        await settled()
        for number in range(1000):
            town.services.put(numbered(number))
            await asyncio.sleep(0.005)
            if number == 300:
                approving = asyncio.create_task(town.open())
            if number == 500:
                assert (await town.now(await approving)).state is State.OPEN
        await settled(2)
        assert [reached(town, 20_000 + n) for n in (0, 999)] == ["10.96.0.0", "10.96.3.231"]
        assert town.gateway.asked["apply"] < 20
        for number in range(1000):
            town.services.delete(numbered(number).ref)
        await settled(2)
        assert await rows(town) == {}
        assert town.gateway.asked["close"] < 20
        assert max(batches) == 50


async def test_some_that_change_at_once_are_done_one_by_one_but_no_more_of_them_than_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = town_of(replace(GROUNDS, ports=PortRange(20_000, 20_099)), batch=5)
    for number in range(MANY):
        town.services.put(numbered(number))
    busy, most = set[int](), 0
    apply = town.gateway.apply

    async def slow(route: Route) -> Applied:
        nonlocal most
        busy.add(route.port)
        most = max(most, len(busy))
        await asyncio.sleep(0.1)
        busy.discard(route.port)
        return await apply(route)

    monkeypatch.setattr(town.gateway, "apply", slow)
    async with town.process():
        await settled(2)
        assert reached(town, 20_000 + MANY - 1) is not None
    assert (most, town.gateway.asked["resync"]) == (5, 1)


async def test_many_that_change_while_the_gateway_is_away_are_done_when_it_is_back(town: Town) -> None:
    town = town_of(replace(GROUNDS, ports=PortRange(20_000, 20_099)))
    async with town.process():
        await settled()
        town.gateway.stop()
        for number in range(100):
            town.services.put(numbered(number))
        await settled(5)
        town.gateway.restart()
        await settled(2)
        assert [reached(town, 20_000 + n) for n in (0, 99)] == ["10.96.0.0", "10.96.0.99"]


async def test_where_a_bulk_leaves_something_undone_the_others_are_served_all_the_same(town: Town) -> None:
    town = town_of(replace(GROUNDS, ports=PortRange(20_000, 20_099)))
    for number in range(50):
        town.services.put(numbered(number))
    async with town.process():
        await settled()
        caller = town.gateway.connect(20_000, "10.0.0.1")
        town.gateway.cling(20_000)
        town.services.delete(numbered(0).ref)
        for number in range(50, 100):
            town.services.put(numbered(number))
        await settled(5)
        assert reached(town, 20_099) == "10.96.0.99"
        assert (await rows(town))[20_000].leaving
        caller.hang_up()
        await settled(2)
        assert 20_000 not in await rows(town)


# -- processes and troubles -------------------------------------------------------------------------------------------


async def test_what_somebody_else_did_to_a_standing_port_is_put_right(town: Town) -> None:
    town.services.put(service())
    async with town.process():
        await settled()
        await town.gateway.close(9000)
        await settled(12)
        assert reached(town) == "10.96.0.1"


async def test_a_second_process_takes_over_the_services_too(town: Town) -> None:
    town.services.put(service())
    async with town.process("one") as first:
        await settled()
        async with town.process("two") as second:
            await settled(2)
            assert second.standing is not None
            assert second.standing.status is None
            await first.stop()
            town.services.put(service("web", "10.96.0.2"))
            await settled(LASTS.total_seconds() + 2)
            assert await names(town) == {9000: "api", 9001: "web"}
            assert reached(town, 9001) == "10.96.0.2"


async def test_a_commit_whose_answer_was_lost_is_found_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.services.put(service())
    async with town.process():
        await settled()
        ring = town.storage.changes.ring

        def lost() -> None:
            monkeypatch.setattr(town.storage.changes, "ring", ring)
            raise StorageUnavailable("the connection broke as it committed")

        monkeypatch.setattr(town.storage.changes, "ring", lost)
        town.services.put(service(host="10.96.0.9"))
        await settled(2)
        assert reached(town) == "10.96.0.9"
        assert await town.record() == ["standing:granted", "standing:moved"]


async def test_where_nothing_happens_nothing_is_asked_nor_written(town: Town) -> None:
    async def asked_in_a_while() -> tuple[int, int, list[str]]:
        before, applied = town.storage.begun, town.gateway.asked["apply"]
        await settled(100)
        return town.storage.begun - before, town.gateway.asked["apply"] - applied, await town.record()

    async with town.process():
        town.gateway.observing_takes = 0.5
        await settled(40)
        without, _, _ = await asked_in_a_while()
        town.services.put(service())
        await settled(40)
        questions, applied, record = await asked_in_a_while()
        assert (applied, record) == (0, ["standing:granted"])
        assert questions <= without + 5


async def test_the_log_tells_each_step(town: Town) -> None:
    def events(logs: Sequence[Mapping[str, object]]) -> list[object]:
        return [entry["event"] for entry in logs if str(entry["event"]).startswith("standing.")]

    async with town.process():
        await settled()
        with capture_logs() as logs:
            town.services.put(service())
            await settled()
            town.services.put(service(host="10.96.0.9"))
            await settled()
            town.services.delete(service().ref)
            await settled()
        assert events(logs) == ["standing.granted", "standing.moved", "standing.leaving", "standing.given_back"]
        granted = next(entry for entry in logs if entry["event"] == "standing.granted")
        assert (granted["service"], granted["port"], granted["endpoint"]) == ("payments/api", 9000, "10.96.0.1:5005")


async def test_while_everything_is_frozen_the_ports_are_shut_and_each_service_keeps_its_own(town: Town) -> None:
    brakes = Brakes(town.transactions, town.directory, lambda: town.policy)
    town.services.put(service())
    async with town.process():
        await settled()
        there = await names(town)
        await brakes.freeze("we leak", Who(CAROL))
        await settled()
        assert reached(town) is None
        town.gateway.restart()
        await settled()
        assert reached(town) is None
        await brakes.thaw(Who(CAROL))
        await settled()
        assert (reached(town), await names(town)) == ("10.96.0.1", there)
