"""Who may use V1: real loopback, named networks, tokens; and whom HAProxy brings, by a token alone."""

import pytest

from core.domain.people import Client
from tests.unit.bot.api.v1.scripts import FAR, Scripts
from tests.unit.core.samples import ALICE


async def requester(scripts: Scripts) -> object:
    [mapping] = await scripts.town.transactions.read(lambda uow: uow.mappings.live())
    return mapping.requester


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
async def test_whoever_is_on_this_machine_needs_no_token(scripts: Scripts, peer: str) -> None:
    assert (await scripts.post(peer=peer)).json()["code"] == 10000
    assert await requester(scripts) == Client("loopback")


@pytest.mark.parametrize("peer", [FAR, f"::ffff:{FAR}"])
async def test_nor_does_a_network_that_was_named(scripts: Scripts, peer: str) -> None:
    assert (await scripts.post(peer=peer)).json()["code"] == 10000
    assert await requester(scripts) == Client(FAR)


@pytest.mark.parametrize("peer", ["10.8.1.1", "192.168.0.1", "fe80::1", "testclient", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_anybody_else_needs_one_and_is_told_so_in_the_envelope(scripts: Scripts, peer: str, method: str) -> None:
    answer = await scripts.ask(method, peer=peer, params={"pod_name": "payments/api-0"})
    assert (answer.status_code, answer.json()["code"]) == (401, 10001)
    assert answer.headers["www-authenticate"] == 'Bearer realm="pod-proxier"'
    assert "Authorization: Bearer" in answer.json()["msg"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "Origin", "Sec-Fetch-Site"])
async def test_a_header_brings_nobody_in_and_keeps_out_whoever_is_behind_a_proxy_or_a_page(
    scripts: Scripts, header: str
) -> None:
    for peer in ("127.0.0.1", FAR, "192.168.0.1"):
        assert (await scripts.post(peer=peer, headers={header: "127.0.0.1"})).status_code == 401
    assert (await scripts.post(peer="192.168.0.1", token="ci", headers={header: "x"})).status_code == 200


async def test_a_token_lets_in_from_anywhere(scripts: Scripts) -> None:
    assert (await scripts.post(peer="192.168.0.1", token="ci")).json()["code"] == 10000
    assert await requester(scripts) == Client("ci")


async def test_a_token_of_a_user_acts_as_that_user(scripts: Scripts) -> None:
    assert (await scripts.post(peer="192.168.0.1", token="alice")).json()["code"] == 10000
    assert await requester(scripts) == ALICE


async def test_a_token_of_a_user_waits_for_slack_to_say_who_is_who(scripts: Scripts) -> None:
    scripts.team = None
    answer = await scripts.post(token="alice")
    assert (answer.status_code, answer.json()["code"]) == (200, 10001)
    assert "Slack has not said yet" in answer.json()["msg"]


async def test_a_token_that_is_nobodys_lets_nobody_in_not_even_from_here(scripts: Scripts) -> None:
    answer = await scripts.post(headers={"Authorization": "Bearer the-secret-of-nobody"})
    assert (answer.status_code, answer.json()["code"]) == (401, 10001)


async def test_a_token_is_good_for_its_scopes(scripts: Scripts) -> None:
    for token in ("reader", "approver"):
        answer = await scripts.post(token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, 10001)
        assert "request" in answer.json()["msg"]
    there = {"pod_name": "payments/api-0"}
    answers = [await scripts.ask("GET", token=token, params=there) for token in ("reader", "ci", "approver")]
    assert [answer.status_code for answer in answers] == [200, 200, 403]


@pytest.mark.parametrize("peer", ["127.0.0.1", FAR])
async def test_behind_the_entry_port_nobody_counts_as_being_here(scripts: Scripts, peer: str) -> None:
    assert (await scripts.post(peer=peer, by_entry=True)).status_code == 401
    assert (await scripts.post(peer=peer, by_entry=True, token="ci")).json()["code"] == 10000


async def test_behind_the_entry_port_is_no_more_than_there_was(scripts: Scripts) -> None:
    paths = ("/", "/health", "/ready", "/metrics", "/api/v2/mappings", "/openapi.json")
    answers = [await scripts.ask("GET", path, by_entry=True) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 404, 404]
    assert "Pod-Proxier" in answers[0].text
