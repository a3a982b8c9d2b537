import json

import httpx
import pytest

from bot.client.api import Api, Filter
from bot.client.asking import read_request
from bot.client.connection import Connection
from bot.client.errors import NotFound, StrangeAnswer
from bot.client.server import Server
from core.domain.mapping import MappingId, Reference
from tests.unit.bot.client.samples import URL, Answers, ok, pages, shown


async def test_what_was_left_out_is_left_to_the_policy() -> None:
    answers = Answers(ok(shown()))
    async with answers.connection() as connection:
        api = Api(connection)
        await api.open(read_request(["payments/api-0"], None, None), "k1")
        await api.open(read_request(["payments/api-0:debug", "90m"], "10.1.2.3,10.2.0.0/16", "so"), "k2")
    assert [json.loads(request.content) for request in answers.asked] == [
        {"target": "payments/api-0"},
        {"target": "payments/api-0:debug", "ttl": "1h30m", "sources": ["10.1.2.3/32", "10.2.0.0/16"], "reason": "so"},
    ]
    assert [request.headers["idempotency-key"] for request in answers.asked] == ["k1", "k2"]


@pytest.mark.parametrize(("limit", "ids"), [(None, ["m5", "m4", "m3", "m2"]), (3, ["m5", "m4", "m3"]), (1, ["m5"])])
async def test_a_list_is_gone_through_page_by_page(limit: int | None, ids: list[str]) -> None:
    answer = pages([shown(id="m5"), shown(id="m4")], [shown(id="m3"), shown(id="m2")])
    async with Connection(Server(URL), httpx.MockTransport(answer)) as connection:
        found = [told.view.id async for told in Api(connection).listed(Filter(), limit)]
    assert found == ids


async def test_a_filter_is_a_query() -> None:
    answers = Answers(ok(b'{"items":[],"next":null}'))
    wanted = Filter(states=("open", "closing"), namespace="payments", name="api-0", requester="rest:ci", live=True)
    async with answers.connection() as connection:
        assert [told async for told in Api(connection).listed(wanted, 20)] == []
    query = "state=open&state=closing&namespace=payments&name=api-0&requester=rest%3Aci&live=true&limit=20"
    assert answers.asked[0].url.query.decode() == query


async def test_a_port_is_looked_up_among_those_that_hold_one_and_an_id_is_not() -> None:
    answers = Answers(ok(b'{"items":[' + shown() + b'],"next":null}'))
    async with answers.connection() as connection:
        assert await Api(connection).named(Reference(mapping_id=MappingId(7))) == "m7"
        assert await Api(connection).named(Reference(port=10004)) == "m42"
    assert [request.url.query.decode() for request in answers.asked] == ["port=10004&live=true&limit=1"]


async def test_a_port_that_nothing_holds_may_have_been_meant_as_an_id() -> None:
    answers = Answers(ok(b'{"items":[],"next":null}'))
    async with answers.connection() as connection:
        with pytest.raises(NotFound, match="nothing is open on port 42") as caught:
            await Api(connection).named(Reference(port=42))
    assert caught.value.hint.startswith("m42 is the one with that id")


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"id": 42}'])
async def test_an_answer_that_is_no_mapping_is_not_taken_for_one(content: bytes) -> None:
    async with Answers(ok(content)).connection() as connection:
        told = await Api(connection).mapping("m42")
        with pytest.raises(StrangeAnswer):
            _ = told.view
