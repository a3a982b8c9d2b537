"""What the previous service's scripts do, and what they read."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.domain.errors import ClusterUnreachable
from core.domain.pod import ContainerPort
from tests.unit.bot.api.v1.scripts import ENTRY, Scripts
from tests.unit.core.samples import pod


def led_to(scripts: Scripts, port: int = ENTRY) -> str:
    connection = scripts.connect(port)
    return str(connection.endpoint) if connection.alive else "nowhere"


async def test_a_post_opens_the_entry_port_before_it_is_answered(scripts: Scripts) -> None:
    told = await scripts.posted(time=600)
    assert (told["code"], told["msg"]) == (10000, "operation succeeded")
    assert {key: told["data"][key] for key in ("host", "port", "id")} == {
        "host": "gw.example.com",
        "port": ENTRY,
        "id": "m1",
    }
    assert told["data"]["until"].endswith("Z")
    assert led_to(scripts) == f"10.1.2.3:{ENTRY}"


async def test_the_named_port_is_taken_and_spelled_either_way(scripts: Scripts) -> None:
    scripts.town.cluster.put(pod(ports=(ContainerPort(5005, "debug"), ContainerPort(8849, "jprofiler-port"))))
    await scripts.posted()
    assert led_to(scripts) == "10.1.2.3:8849"
    scripts.town.cluster.put(pod("api-1", "10.1.2.4", ports=(ContainerPort(31757, "jprofiler-port"),)))
    await scripts.post({"pod_name": "payments/api-1"})
    assert led_to(scripts) == "10.1.2.4:31757"


@pytest.mark.parametrize(("port", "number"), [(5005, 5005), ("5005", 5005), ("debug", 5005)])
async def test_the_pods_port_can_be_said(scripts: Scripts, port: int | str, number: int) -> None:
    assert (await scripts.posted(port=port))["code"] == 10000
    assert led_to(scripts) == f"10.1.2.3:{number}"


async def test_the_next_post_replaces_what_the_entry_port_led_to_and_says_so(scripts: Scripts) -> None:
    await scripts.posted()
    before = scripts.connect()
    told = (await scripts.post({"pod_name": "payments/api-1", "port": 5005})).json()
    assert told["data"]["replaced"] == {
        "id": "m1",
        "target": f"payments/api-0:{ENTRY}",
        "requester": "rest:loopback",
    }
    assert told["msg"] == f"operation succeeded; m1, which led to payments/api-0:{ENTRY}, is closed for it"
    assert not before.alive
    assert led_to(scripts) == "10.1.2.4:5005"


async def test_a_port_of_its_own_leaves_the_entry_port_alone(scripts: Scripts) -> None:
    await scripts.posted(port=5005)
    told = (await scripts.post({"pod_name": "payments/api-1", "port": 5005, "own_port": True})).json()
    assert told["data"]["port"] == 10000
    assert "replaced" not in told["data"]
    assert (led_to(scripts), led_to(scripts, 10000)) == ("10.1.2.3:5005", "10.1.2.4:5005")


async def test_a_time_beyond_the_longest_is_cut_to_it_and_the_answer_says_so(scripts: Scripts) -> None:
    told = await scripts.posted(time=86_400)
    assert told["data"]["cut_to"] == 10_800
    assert told["msg"] == "operation succeeded; the time is cut to 3h, the longest there is here"


async def test_without_a_time_it_is_open_for_a_minute(scripts: Scripts) -> None:
    await scripts.posted()
    await asyncio.sleep(58)
    assert led_to(scripts) != "nowhere"
    await asyncio.sleep(4)
    assert led_to(scripts) == "nowhere"


FORMS: dict[str, dict[str, Any]] = {
    "json": {"json": {"pod_name": "payments/api-0", "time": 90, "port": 5005}},
    "a form": {"data": {"pod_name": "payments/api-0", "time": "90", "port": "5005"}},
    "a form in parts": {
        "files": {
            name: (None, text) for name, text in (("pod_name", "payments/api-0"), ("time", "90"), ("port", "5005"))
        }
    },
    "a form in parts of strange kinds": {
        "files": {
            "pod_name": (None, "payments/api-0", "text/plain; charset=klingon"),
            "time": ("time.bin", "90", "application/octet-stream"),
            "port": (None, "5005", "text/plain; charset=utf-8"),
        }
    },
    "json that curl calls a form": {
        "content": b'{"pod_name": "payments/api-0", "time": 90, "port": 5005}',
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    },
    "a query": {"params": {"pod_name": "payments/api-0", "time": "90", "port": "5005"}},
}


@pytest.mark.parametrize("form", FORMS)
async def test_it_takes_what_scripts_send(scripts: Scripts, form: str) -> None:
    answer = await scripts.ask("POST", **FORMS[form])
    assert (answer.status_code, answer.json()["code"]) == (200, 10000), answer.text
    assert led_to(scripts) == "10.1.2.3:5005"


BAD: dict[str, Any] = {
    "pod_name is missing": {},
    "pod_name is a text": {"pod_name": 7},
    "the namespace is missing": {"pod_name": "api-0"},
    "there is no pod payments/api-9": {"pod_name": "payments/api-9"},
    "port is a number, or a name": {"pod_name": "payments/api-0", "port": [5005]},
    "port 0 is not between 1 and 65535": {"pod_name": "payments/api-0", "port": 0},
    "own_port is true or false": {"pod_name": "payments/api-0", "own_port": "perhaps"},
    "time is a number of seconds": {"pod_name": "payments/api-0", "time": "2h"},
    "and 'True' is none": {"pod_name": "payments/api-0", "time": True},
    "and '1.5' is none": {"pod_name": "payments/api-0", "time": 1.5},
    "and '+-5' is none": {"pod_name": "payments/api-0", "time": "+-5"},
    "and '٣' is none": {"pod_name": "payments/api-0", "time": "٣"},
    "no JSON object": ["payments/api-0"],
    "without a policy --allowed-namespaces": {"pod_name": "secret/api-0"},
}


@pytest.mark.parametrize("words", BAD)
async def test_what_cannot_be_done_is_told_by_the_old_code_and_better_words(scripts: Scripts, words: str) -> None:
    answer = await scripts.post(BAD[words])
    told = answer.json()
    assert (answer.status_code, told["code"]) == (200, 10001)
    assert words in told["msg"]
    assert "data" not in told
    assert led_to(scripts) == "nowhere"


@pytest.mark.parametrize("body", [b"{", b"[" * 50_000, b"\xff\xfe"])
async def test_a_body_that_is_nothing_is_told(scripts: Scripts, body: bytes) -> None:
    answer = await scripts.ask("POST", content=body)
    assert (answer.status_code, answer.json()["code"]) == (200, 10001)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"Content-Disposition: form-data; " + b"a=b; " * 5_000, "a form in parts has 4096 bytes at most"),
        (b"Content-Disposition: " + b"(" * 3_500, "the parts of the form cannot be read"),
    ],
)
async def test_parts_that_would_take_long_to_read_are_not_read(scripts: Scripts, head: bytes, words: str) -> None:
    body = b"--x\r\n" + head + b"\r\n\r\nb\r\n--x--"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    told = (await scripts.ask("POST", content=body, headers=kind)).json()
    assert told["code"] == 10001
    assert words in told["msg"]


async def test_nor_is_a_form_whose_head_is_longer_than_any(scripts: Scripts) -> None:
    kind = {"Content-Type": "multipart/form-data; " + "a=b; " * 100 + "boundary=x"}
    told = (await scripts.ask("POST", content=b"--x--", headers=kind)).json()
    assert "at most" in told["msg"]


async def test_a_get_says_whether_a_pod_is_there_as_it_did(scripts: Scripts) -> None:
    there = await scripts.ask("GET", params={"pod_name": "payments/api-0"})
    assert there.text == '{"code":10000,"msg":"operation succeeded"}'
    gone = await scripts.ask("GET", params={"pod_name": "payments/zzz"})
    assert gone.text == '{"code":40004,"msg":"Not found the pod.","data":"payments/zzz"}'
    assert (gone.status_code, scripts.town.gateway.asked["apply"]) == (200, 0)


async def test_a_get_tells_nothing_of_other_namespaces(scripts: Scripts) -> None:
    for name in ("secret/api-0", "secret/zzz", "nowhere/zzz"):
        told = (await scripts.ask("GET", params={"pod_name": name})).json()
        assert told["code"] == 10001
        assert name.partition("/")[0] in told["msg"]


async def test_a_cluster_that_is_away_is_no_pod_that_is_not_there(scripts: Scripts) -> None:
    scripts.town.cluster.fail_with(ClusterUnreachable("https://10.9.9.9:6443", "not found"))
    told = (await scripts.ask("GET", params={"pod_name": "payments/api-0"})).json()
    assert told["code"] == 10001
    assert "the Kubernetes API" in told["msg"]
    assert "10.9.9.9" not in told["msg"]


async def test_other_paths_and_methods_are_told_in_the_envelope(scripts: Scripts) -> None:
    for method, path, status in (("DELETE", "/api/v1/mapping", 405), ("GET", "/api/v1/nothing", 404)):
        answer = await scripts.ask(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, 10001)


async def test_a_defect_of_ours_is_told_by_a_reference_to_the_log(
    scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(scripts.town.cluster, "pod", broken)
    with capture_logs() as logs:
        answer = await scripts.post()
    [entry] = [entry for entry in logs if entry["event"] == "rest.defect"]
    assert (answer.status_code, answer.json()["code"]) == (200, 10001)
    assert entry["reference"] in answer.json()["msg"]


async def test_two_posts_at_once_come_one_after_the_other(scripts: Scripts) -> None:
    answers = await asyncio.gather(
        *(scripts.post({"pod_name": f"payments/{name}", "port": 5005}) for name in ("api-0", "api-1", "db-0"))
    )
    told = [answer.json() for answer in answers]
    assert [one["code"] for one in told] == [10000] * 3
    assert [one["data"].get("replaced", {}).get("id") for one in told] == [None, "m1", "m2"]
    assert led_to(scripts) == "10.1.2.5:5005"


async def test_it_is_a_mapping_like_any_other(scripts: Scripts) -> None:
    await scripts.posted(time=600)
    [mapping] = await scripts.town.transactions.read(lambda uow: uow.mappings.live())
    assert str(mapping.requester) == "rest:loopback"
    assert await scripts.town.record(mapping.id) == ["request", "grant", "opened"]


async def test_what_the_rule_says_of_ports_and_sources_holds(scripts: Scripts) -> None:
    [rule, *rest] = scripts.town.policy.rules
    scripts.town.policy = replace(scripts.town.policy, rules=(replace(rule, source_required=True), *rest))
    assert (await scripts.posted())["code"] == 10001
