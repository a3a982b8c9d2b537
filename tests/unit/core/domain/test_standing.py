from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from core.domain.people import System
from core.domain.route import FOREVER, PortRange, Route
from core.domain.service import Catalogue, Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Change, Grounds, Plan, StandingEvent, StandingPort, given_back, plan
from core.domain.target import Endpoint, PodUid
from tests.unit.core.samples import NOW

GROUNDS = Grounds(PortRange(9000, 9002), frozenset({"payments", "search"}), Sources.parse("10.0.0.0/8"))
EARLIER = NOW - timedelta(days=3)


def service(name: str = "a", host: int = 1, namespace: str = "payments", uid: str = "") -> Service:
    known = ServiceUid(uid or f"uid-of-{name}")
    return Service(ServiceRef(namespace, name), known, Endpoint(ip_address(f"10.96.0.{host}"), 5005, PodUid(known)))


def catalogue(*services: Service, known: tuple[str, ...] = ("payments", "search")) -> Catalogue:
    return Catalogue({one.ref: one for one in services}, frozenset(known))


def row(port: int = 9000, name: str = "a", host: int = 1, *, leaving: bool = False) -> StandingPort:
    has = service(name, host)
    return StandingPort(port, has.ref, has.uid, has.endpoint, EARLIER, leaving=leaving)


def planned(there: Catalogue, *rows: StandingPort, grounds: Grounds = GROUNDS, taken: tuple[int, ...] = ()) -> Plan:
    return plan(there, rows, grounds, taken, NOW)


def told(found: Plan) -> list[tuple[str, int, str]]:
    return [(change.event.name, change.row.port, change.row.service.name) for change in found.changes]


def after(found: Plan, *rows: StandingPort) -> list[StandingPort]:
    """The rows as a plan leaves them."""
    there = {row.port: row for row in rows} | {change.row.port: change.row for change in found.changes}
    return list(there.values())


# -- a port for each --------------------------------------------------------------------------------------------------


def test_services_get_the_lowest_free_ports_in_the_order_of_their_names() -> None:
    found = planned(catalogue(service("c", namespace="search"), service("b", 2), service("a")))
    assert told(found) == [("GRANTED", 9000, "a"), ("GRANTED", 9001, "b"), ("GRANTED", 9002, "c")]
    assert found.without == ()
    assert found.changes[0] == Change(StandingEvent.GRANTED, replace(row(), since=NOW), None, NOW)


def test_a_port_that_somebody_has_or_is_about_to_leave_is_not_free() -> None:
    found = planned(catalogue(service("a"), service("b")), row(9000, "a"), row(9001, "gone", leaving=True))
    assert told(found) == [("GRANTED", 9002, "b")]


def test_a_port_that_a_mapping_holds_is_not_free() -> None:
    assert told(planned(catalogue(service()), taken=(9000, 9001))) == [("GRANTED", 9002, "a")]


def test_a_service_that_leads_nowhere_has_a_port_all_the_same() -> None:
    found = planned(catalogue(replace(service(), endpoint=None, headless=True)))
    assert told(found) == [("GRANTED", 9000, "a")]
    assert GROUNDS.route(found.changes[0].row) is None


def test_where_everything_is_as_it_should_be_nothing_is_done() -> None:
    there = catalogue(service("a"), service("b", 2))
    rows = after(planned(there))
    assert planned(there, *rows) == Plan()


# -- a full range -----------------------------------------------------------------------------------------------------


def test_in_a_full_range_the_last_by_name_go_without_and_are_counted() -> None:
    found = planned(catalogue(*(service(name) for name in "edcba")))
    assert [change.row.service.name for change in found.changes] == ["a", "b", "c"]
    assert [ref.name for ref in found.without] == ["d", "e"]


def test_who_has_a_port_keeps_it_whoever_comes_first_by_name() -> None:
    rows = [row(9000, "x"), row(9001, "y"), row(9002, "z")]
    found = planned(catalogue(*(service(name) for name in "axyz")), *rows)
    assert (found.changes, [ref.name for ref in found.without]) == ((), ["a"])


def test_as_soon_as_a_port_is_free_one_more_is_served() -> None:
    there = catalogue(*(service(name) for name in "bcd"))
    rows = [row(9000, "a"), row(9001, "b"), row(9002, "c")]
    first = planned(there, *rows)
    assert (told(first), [ref.name for ref in first.without]) == ([("LEAVING", 9000, "a")], ["d"])
    left = [one for one in after(first, *rows) if not one.leaving]
    assert told(planned(there, *left)) == [("GRANTED", 9000, "d")]


# -- following --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "now",
    [
        service(host=9),
        replace(service(), endpoint=Endpoint(ip_address("10.96.0.1"), 8000, PodUid("uid-of-a"))),
        replace(service(), endpoint=None),
        replace(service(), headless=True),
        service(uid="another incarnation"),
    ],
    ids=["another address", "another port", "nowhere", "headless", "recreated"],
)
def test_a_service_that_changes_is_followed_on_its_port(now: Service) -> None:
    found = planned(catalogue(now), row())
    assert told(found) == [("MOVED", 9000, "a")]
    (change,) = found.changes
    assert (change.before, change.row.since) == (row(), EARLIER)
    assert (change.row.uid, change.row.endpoint, change.row.headless) == (now.uid, now.endpoint, now.headless)


# -- leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "grounds", "taken", "why"),
    [
        (catalogue(), GROUNDS, (), "no such Service"),
        (catalogue(service()), replace(GROUNDS, namespaces=frozenset({"search"})), (), "namespace"),
        (Catalogue(), replace(GROUNDS, namespaces=frozenset({"search"})), (), "namespace"),
        (catalogue(service()), replace(GROUNDS, ports=PortRange(9001, 9001)), (), "no longer among"),
        (catalogue(service()), GROUNDS, (9000,), "no longer among"),
    ],
    ids=["deleted or renamed", "not allowed", "not allowed, and never read", "another range", "a mapping has it"],
)
def test_a_port_is_given_back_for_a_reason(
    there: Catalogue, grounds: Grounds, taken: tuple[int, ...], why: str
) -> None:
    change = planned(there, row(), grounds=grounds, taken=taken).changes[0]
    assert (change.event, change.row, change.before) == (StandingEvent.LEAVING, row(leaving=True), row())
    assert why in change.why


def test_of_a_namespace_that_was_not_read_yet_nothing_is_concluded() -> None:
    rows = [row(9000, "a"), row(9001, "b", leaving=True)]
    assert planned(Catalogue(), *rows) == Plan()
    assert planned(catalogue(service("a", host=9), known=("search",)), *rows) == Plan()


def test_a_service_of_a_namespace_that_is_not_allowed_gets_nothing() -> None:
    assert planned(catalogue(service(namespace="secret"), known=("secret",))) == Plan()


def test_who_has_to_leave_a_port_gets_another_one_in_the_same_step() -> None:
    found = planned(catalogue(service()), row(), grounds=replace(GROUNDS, ports=PortRange(9100, 9101)))
    assert told(found) == [("LEAVING", 9000, "a"), ("GRANTED", 9100, "a")]


def test_who_leaves_stays_gone_until_the_gateway_has_spoken() -> None:
    assert planned(catalogue(), row(leaving=True)) == Plan()


def test_who_comes_back_before_the_port_was_given_back_keeps_it() -> None:
    leaving = row(9002, leaving=True)
    found = planned(catalogue(service("a", 7, uid="another incarnation"), service("b")), leaving)
    assert told(found) == [("GRANTED", 9002, "a"), ("GRANTED", 9000, "b")]
    back = found.changes[0]
    assert (back.before, back.row.leaving, back.row.uid) == (leaving, False, "another incarnation")
    assert found.without == ()


def test_a_port_outside_of_the_range_does_not_come_back() -> None:
    leaving = row(9_500, leaving=True)
    assert told(planned(catalogue(service()), leaving)) == [("GRANTED", 9000, "a")]


# -- what a gateway and the record are told ---------------------------------------------------------------------------


def test_a_standing_route_has_no_end_and_admits_whom_the_settings_say() -> None:
    known = row()
    assert known.endpoint is not None
    assert GROUNDS.route(known) == Route(9000, known.endpoint, GROUNDS.sources, FOREVER)


@pytest.mark.parametrize(
    ("known", "grounds"),
    [
        (row(leaving=True), GROUNDS),
        (replace(row(), endpoint=None), GROUNDS),
        (row(), replace(GROUNDS, namespaces=frozenset({"search"}))),
        (row(), replace(GROUNDS, ports=PortRange(9100, 9101))),
    ],
    ids=["leaving", "nowhere", "not allowed", "another range"],
)
def test_a_row_that_is_not_permitted_is_never_served(known: StandingPort, grounds: Grounds) -> None:
    assert grounds.route(known) is None


def test_the_record_keeps_the_service_and_who_brought_it_about() -> None:
    change = planned(catalogue(), row()).changes[0]
    assert change.actor is System.CLUSTER
    assert change.facts == {
        "service": "payments/a",
        "port": 9000,
        "endpoint": "10.96.0.1:5005",
        "why": "there is no such Service any more, or it has no port of that name",
    }
    last = given_back(change.row, NOW)
    assert (last.actor, last.row, last.before) == (System.GATEWAY, change.row, change.row)
    assert planned(catalogue(replace(service(), endpoint=None))).changes[0].facts["endpoint"] is None
