import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot.api.asgi import MOST_BYTES
from tests.unit.bot.api.v2.counter import SECRETS, Counter

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/nothing", 404, "Not Found"),
        ("GET", "", 404, "Not Found"),
        ("POST", "/mappings/m1%0A/close", 404, "Not Found"),
        ("DELETE", "/mappings", 405, "Method Not Allowed"),
        ("TRACE", "/mappings/m1", 405, "Method Not Allowed"),
    ],
)
async def test_what_is_not_there_is_told_as_a_problem(
    counter: Counter, method: str, path: str, status: int, title: str
) -> None:
    counter.client.follow_redirects = True
    answer = await counter.ask("ci", method, path)
    told = answer.json()
    assert (answer.status_code, told["type"], told["title"]) == (status, "about:blank", title)
    allowed = {"/mappings": "GET, POST", "/mappings/m1": "GET"}
    assert answer.headers.get("allow") == (allowed[path] if status == 405 else None)


UNREADABLE: dict[str, tuple[Any, str]] = {
    "no target": ({}, "body.target: Field required"),
    "a key that is not known": ({"target": "payments/api-0", "tll": "1h"}, "body.tll"),
    "a number for a text": ({"target": 5005}, "body.target"),
    "no sources at all": ({"target": "payments/api-0", "sources": []}, "body.sources"),
    "a reason without end": ({"target": "payments/api-0", "reason": "x" * 301}, "body.reason"),
    "a list": ([], "body"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_body_that_is_not_what_it_should_be_names_the_part(counter: Counter, name: str) -> None:
    body, where = UNREADABLE[name]
    answer = await counter.ask("ci", "POST", "/mappings", json=body)
    assert (answer.status_code, answer.json()["title"]) == (422, HTTPStatus(422).phrase)
    assert where in answer.json()["detail"]
    assert answer.json()["errors"]


BAD: dict[str, dict[str, Any]] = {
    "bad-target": {"target": "api-0"},
    "bad-ttl": {"target": "payments/api-0", "ttl": "2"},
    "bad-source": {"target": "payments/api-0", "sources": ["10.1.2.3/8"]},
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_value_that_cannot_be_read_is_shown_with_one_that_can(counter: Counter, kind: str) -> None:
    answer = await counter.post("ci", "/mappings", BAD[kind])
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:pod-proxier:problem:{kind}")
    assert answer.json()["example"] in {"default/api-0", "2h", "10.0.0.0/8"}


async def test_what_a_rule_wants_to_know_is_shown_as_it_is_sent(counter: Counter) -> None:
    policy = counter.town.policy
    rules = tuple(replace(rule, source_required=True, reason_required=True) for rule in policy.rules)
    counter.town.policy = replace(policy, rules=rules)
    body: dict[str, Any] = {"target": "payments/api-0:5005"}
    for kind in ("Reason required", "Source required"):
        answer = await counter.post("ci", "/mappings", body)
        assert (answer.status_code, answer.json()["title"]) == (403, kind)
        body |= json.loads("{" + answer.json()["example"] + "}")
    assert (await counter.post("ci", "/mappings", body)).status_code == 201


async def test_a_parameter_that_nobody_reads_is_refused_with_the_one_that_was_meant(counter: Counter) -> None:
    answer = await counter.ask("ci", "GET", "/mappings?namespce=payments")
    told = answer.json()
    assert answer.status_code == 422
    assert told["detail"] == "there is no parameter 'namespce'"
    assert told["example"] == "namespace=..."


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "state=broken", "after=x!", "port=0", "live=x"])
async def test_a_query_that_cannot_be_read_is_told(counter: Counter, query: str) -> None:
    answer = await counter.ask("ci", "GET", f"/mappings?{query}")
    assert answer.status_code == 422


@pytest.mark.parametrize("requester", ["alice", "system:timer", "slack:T1", "rest:"])
async def test_only_those_who_ask_can_be_looked_for(counter: Counter, requester: str) -> None:
    assert (await counter.get("ci", "/mappings", requester=requester)).status_code == 422


async def test_no_json_is_told(counter: Counter) -> None:
    for content in (b"{", b"\xff\xfe"):
        answer = await counter.ask("ci", "POST", "/mappings", content=content, headers=JSON)
        assert answer.status_code == 422


async def test_json_that_is_called_a_form_is_told_how_to_call_it(counter: Counter) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # as `curl -d` says
    answer = await counter.ask("ci", "POST", "/mappings", content=b'{"target": "payments/api-0"}', headers=form)
    assert answer.status_code == 422
    assert answer.json()["hint"] == "send JSON, and say so: Content-Type: application/json"
    assert "hint" not in (await counter.ask("ci", "POST", "/mappings", json=[])).json()


async def test_a_body_without_end_is_not_read_to_its_end(counter: Counter) -> None:
    answer = await counter.ask("ci", "POST", "/mappings", content=b" " * (MOST_BYTES + 1), headers=JSON)
    assert (answer.status_code, answer.json()["title"]) == (413, "Too large")


async def test_a_defect_of_ours_is_told_by_a_reference_to_the_log(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(counter.town.queries, "page", broken)
    with capture_logs() as logs:
        answer = await counter.get("ci", "/mappings")
    [entry] = [entry for entry in logs if entry["event"] == "rest.defect"]
    assert (answer.status_code, answer.json()["title"]) == (500, "Defect")
    assert entry["reference"] in answer.json()["hint"]
    assert SECRETS["ci"] not in str(logs)


async def test_the_description_needs_no_token_and_says_where_it_is(counter: Counter) -> None:
    answer: httpx.Response = await counter.client.get("/api/v2/openapi.json")
    told = answer.json()
    assert told["servers"] == [{"url": "/api/v2"}]
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in answer.text
