import asyncio
from datetime import timedelta

import pytest

from core.domain.errors import ClusterUnreachable
from core.domain.target import PodRef
from tests.unit.bot.api.v2.counter import Counter

GET_IT = "/mappings/m1"


async def test_what_is_asked_for_waits_for_its_approvals(counter: Counter) -> None:
    answer = await counter.post(
        "ci",
        "/mappings",
        {"target": "payments/api-0:debug", "ttl": "2h", "sources": ["10.1.2.3"], "reason": "why\x00 not"},
    )
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v2/mappings/m1")
    told = answer.json()
    moments = {name: told.pop(name) for name in ("requested_at", "pending_until")}
    assert all(moment.endswith("Z") for moment in moments.values())
    assert told == {
        "id": "m1",
        "state": "requested",
        "target": {"kind": "pod", "namespace": "payments", "name": "api-0", "port": 5005, "port_name": "debug"},
        "requester": "rest:ci",
        "host": "gw.example.com",
        "port": None,
        "sources": ["10.1.2.3"],
        "reason": "why not",
        "ttl_seconds": 7200,
        "approved_at": None,
        "opened_at": None,
        "expires_at": None,
        "approvals": {"needed": 1, "by": []},
        "extension": None,
        "trouble": None,
        "ending": None,
        "traffic": None,
        "terms": 1,
    }


async def test_the_same_wish_again_is_the_same_mapping(counter: Counter) -> None:
    await counter.made()
    again = await counter.post("ci", "/mappings", {"target": "payments/api-0:5005"})
    assert (again.status_code, again.json()["id"], again.headers["location"]) == (200, "m1", "/api/v2/mappings/m1")


async def test_a_key_makes_one_mapping_however_often_it_is_sent(counter: Counter) -> None:
    body = {"target": "payments/api-0:5005"}
    first = await counter.post("ci", "/mappings", body, Idempotency_Key="build-1")
    assert first.status_code == 201
    await counter.post("ci", f"{GET_IT}/close")
    again = await counter.post("ci", "/mappings", body, Idempotency_Key="build-1")
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, "m1", "withdrawn")


async def test_a_key_for_something_else_is_a_conflict(counter: Counter) -> None:
    await counter.post("ci", "/mappings", {"target": "payments/api-0:5005"}, Idempotency_Key="build-1")
    other = await counter.post("ci", "/mappings", {"target": "payments/api-1:5005"}, Idempotency_Key="build-1")
    assert (other.status_code, other.json()["type"]) == (409, "urn:pod-proxier:problem:key-reused")


async def test_where_nobody_has_to_agree_it_opens_at_once(counter: Counter) -> None:
    made = await counter.made(target="sandbox/api-0:5005", ttl="30m")
    told = (await counter.get("ci", f"/mappings/{made['id']}", wait=30)).json()
    assert (told["state"], told["port"], told["trouble"]) == ("open", 10000, None)
    assert told["expires_at"].endswith("Z")


async def test_waiting_ends_when_it_is_open(counter: Counter) -> None:
    made = await counter.made()
    reading = asyncio.create_task(counter.get("ci", f"/mappings/{made['id']}", wait=30))
    await asyncio.sleep(3)
    assert not reading.done()
    began = asyncio.get_running_loop().time()
    await counter.post("bob", f"/mappings/{made['id']}/approve", {"terms": 1})
    told = (await reading).json()
    assert told["state"] == "open"
    assert told["approvals"] == {"needed": 1, "by": ["slack:T1/UBOB"]}
    assert asyncio.get_running_loop().time() - began < 1


async def test_waiting_ends_with_its_time_and_shows_what_is(counter: Counter) -> None:
    made = await counter.made()
    began = asyncio.get_running_loop().time()
    assert (await counter.get("ci", f"/mappings/{made['id']}", wait=5)).json()["state"] == "requested"
    assert asyncio.get_running_loop().time() - began == pytest.approx(5, abs=0.1)


async def test_waiting_ends_when_the_bot_is_to_stop(counter: Counter) -> None:
    made = await counter.made()
    asyncio.get_running_loop().call_later(2, counter.stopping.set)
    began = asyncio.get_running_loop().time()
    await counter.get("ci", f"/mappings/{made['id']}", wait=30)
    assert asyncio.get_running_loop().time() - began < 4


async def test_one_may_extend_and_close_ones_own(counter: Counter) -> None:
    mapping = await counter.open(ttl="1h")
    longer = (await counter.post("ci", f"/mappings/{mapping['id']}/extend", {"by": "30m"})).json()
    assert longer["expires_at"] > mapping["expires_at"]
    closing = (await counter.post("ci", f"/mappings/{mapping['id']}/close")).json()
    assert closing["state"] == "closing"
    await asyncio.sleep(1)
    over = await counter.now(mapping)
    assert over["state"] == "closed"
    assert (over["ending"]["cause"], over["ending"]["by"]) == ("closed", "rest:ci")
    assert over["traffic"]["connections"] == 0


async def test_what_others_asked_for_takes_the_scope_operate(counter: Counter) -> None:
    mapping = await counter.open()
    refused = await counter.post("alice", f"/mappings/{mapping['id']}/close")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:pod-proxier:problem:scope-missing")
    assert "operate" in refused.json()["detail"]
    closed = await counter.post("ops", f"/mappings/{mapping['id']}/close")
    assert closed.json()["ending"]["by"] == "rest:ops"


@pytest.mark.parametrize("verb", ["approve", "deny"])
async def test_nobody_decides_about_their_own_request(counter: Counter, verb: str) -> None:
    made = await counter.made("alice")
    answer = await counter.post("alice", f"/mappings/{made['id']}/{verb}")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:pod-proxier:problem:own-request")


async def test_a_request_can_be_denied(counter: Counter) -> None:
    made = await counter.made()
    answer = await counter.post("bob", f"/mappings/{made['id']}/deny")
    assert (answer.json()["state"], answer.json()["ending"]["by"]) == ("denied", "slack:T1/UBOB")


async def test_other_terms_than_those_in_force_are_a_conflict(counter: Counter) -> None:
    made = await counter.made()
    answer = await counter.post("bob", f"/mappings/{made['id']}/approve", {"terms": 7})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:pod-proxier:problem:stale")
    assert answer.json()["hint"] == "look at it again; its terms are 1 now"


async def test_what_is_over_cannot_be_approved(counter: Counter) -> None:
    made = await counter.made()
    await counter.post("ci", f"/mappings/{made['id']}/close")
    answer = await counter.post("bob", f"/mappings/{made['id']}/approve")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:pod-proxier:problem:wrong-state")


async def test_a_page_names_the_next_one(counter: Counter) -> None:
    for name in ("api-0", "api-1", "db-0"):
        await counter.made(target=f"payments/{name}:5005")
    first = (await counter.get("ci", "/mappings", limit=2)).json()
    assert ([item["id"] for item in first["items"]], first["next"]) == (["m3", "m2"], "m2")
    last = (await counter.get("ci", "/mappings", limit=2, after=first["next"])).json()
    assert ([item["id"] for item in last["items"]], last["next"]) == (["m1"], None)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"state": ["withdrawn", "denied"]}, ["m1"]),
        ({"name": "api-1"}, ["m2"]),
        ({"namespace": "sandbox"}, ["m3"]),
        ({"requester": "slack:T1/UALICE"}, ["m2"]),
        ({"requester": "rest:ci", "live": "true"}, ["m3"]),
        ({"port": 10000}, ["m3"]),
        ({"live": "false"}, ["m1"]),
        ({"namespace": "nowhere"}, []),
    ],
)
async def test_a_list_can_be_narrowed(counter: Counter, wanted: dict[str, str], ids: list[str]) -> None:
    await counter.made()
    await counter.post("ci", "/mappings/1/close")
    await counter.made("alice", "payments/api-1:5005")
    await counter.made("ci", "sandbox/api-0:5005")
    await asyncio.sleep(1)
    assert [item["id"] for item in (await counter.get("ci", "/mappings", **wanted)).json()["items"]] == ids


async def test_a_target_that_is_none_of_ones_business_is_not_shown(counter: Counter) -> None:
    await counter.made()
    counter.town.policy = type(counter.town.policy)((), counter.town.policy.operators)
    told = (await counter.get("bob", GET_IT)).json()
    hidden = {name: told[name] for name in ("target", "requester", "sources", "reason")}
    assert hidden == {"target": None, "requester": None, "sources": None, "reason": None}
    assert (await counter.get("ci", GET_IT)).json()["requester"] == "rest:ci"


async def test_a_mapping_is_known_by_its_id_only(counter: Counter) -> None:
    await counter.made("ci", "sandbox/api-0:5005")
    assert (await counter.get("ci", "/mappings/1")).json()["id"] == "m1"
    for name in ("10000", "m2", "x", "m999999999999999999", "m9999999999999999999"):
        answer = await counter.get("ci", f"/mappings/{name}")
        assert (answer.status_code, answer.json()["title"]) == (404, "No such mapping")


async def test_a_cluster_that_is_away_is_told_without_its_address(counter: Counter) -> None:
    counter.town.cluster.fail_with(ClusterUnreachable("https://10.9.9.9:6443", "refused"))
    answer = await counter.post("ci", "/mappings", {"target": "payments/api-0:5005"})
    assert (answer.status_code, answer.json()["title"]) == (503, "Cluster unreachable")
    assert "10.9.9.9" not in answer.text


async def test_a_pod_that_is_not_there_is_told_with_those_that_are(counter: Counter) -> None:
    counter.town.cluster.delete(PodRef("payments", "api-0"))
    answer = await counter.post("ci", "/mappings", {"target": "payments/api-0:5005"})
    assert (answer.status_code, answer.json()["title"]) == (403, "No such pod")
    assert answer.json()["example"] == "payments/api-1"


async def test_more_time_that_others_must_agree_to_is_approved_by_the_same_path(counter: Counter) -> None:
    rules = tuple(
        type(rule)(**{name: getattr(rule, name) for name in rule.__slots__} | {"extension_approvals": 1})
        for rule in counter.town.policy.rules
    )
    counter.town.policy = type(counter.town.policy)(rules, counter.town.policy.operators)
    mapping = await counter.open(ttl="1h")
    asked = (await counter.post("ci", f"/mappings/{mapping['id']}/extend", {"by": "30m"})).json()
    assert asked["extension"] == {"by_seconds": 1800, "asker": "rest:ci", "approvals": {"needed": 1, "by": []}}
    agreed = (await counter.post("bob", f"/mappings/{mapping['id']}/approve", {"terms": asked["terms"]})).json()
    assert agreed["extension"] is None
    assert agreed["expires_at"] > mapping["expires_at"]
    assert timedelta(minutes=30)
