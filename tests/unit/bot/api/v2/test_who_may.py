import pytest
from structlog.testing import capture_logs

from tests.unit.bot.api.v2.counter import Counter

OPERATIONS = [
    ("GET", "/mappings", "read"),
    ("GET", "/mappings/m1", "read"),
    ("GET", "/services", "read"),
    ("POST", "/mappings", "request"),
    ("POST", "/mappings/m1/extend", "request"),
    ("POST", "/mappings/m1/close", "request"),
    ("POST", "/mappings/m1/approve", "approve"),
    ("POST", "/mappings/m1/deny", "approve"),
    ("POST", "/freeze", "operate"),
    ("POST", "/thaw", "operate"),
    ("POST", "/revoke-all", "operate"),
]
BODIES = {"/mappings": {"target": "payments/api-0"}, "/mappings/m1/extend": {"by": "1h"}}


@pytest.mark.parametrize(("method", "path", "_"), OPERATIONS)
async def test_nobody_gets_in_without_a_token(counter: Counter, method: str, path: str, _: str) -> None:
    answer = await counter.ask(None, method, path, json=BODIES.get(path))
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:pod-proxier:problem:token-missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="pod-proxier"'


@pytest.mark.parametrize("header", ["Basic YWxpY2U6eA==", "x", ""])
async def test_what_is_no_bearer_token_is_none(counter: Counter, header: str) -> None:
    answer = await counter.ask(None, "GET", "/mappings", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:pod-proxier:problem:token-missing")


@pytest.mark.parametrize("header", ["Bearer nope", "Bearer", "Bearer the-secret-of-ci"])
async def test_nor_with_one_that_is_nobodys(counter: Counter, header: str) -> None:
    answer = await counter.ask(None, "GET", "/mappings", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:pod-proxier:problem:token-unknown")


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
async def test_each_operation_takes_its_scope(counter: Counter, method: str, path: str, scope: str) -> None:
    await counter.made()
    others = {"read": "bare-alice", "request": "reader", "approve": "ops", "operate": "bob"}
    answer = await counter.ask(others[scope], method, path, json=BODIES.get(path))
    assert (answer.status_code, answer.json()["title"]) == (403, "Scope missing")
    assert answer.json()["hint"] == f"a token with scopes: [{scope}]"


async def test_the_policy_decides_too(counter: Counter) -> None:
    answer = await counter.post("nobody", "/mappings", {"target": "payments/api-0:5005"})
    assert (answer.status_code, answer.json()["title"]) == (403, "Namespace not allowed")


async def test_a_user_who_is_no_member_may_nothing(counter: Counter) -> None:
    for answer in (
        await counter.post("stranger", "/mappings", {"target": "payments/api-0:5005"}),
        await counter.get("stranger", "/mappings"),
    ):
        assert (answer.status_code, answer.json()["title"]) == (403, "Not a member")


async def test_a_token_of_a_user_waits_for_slack_to_say_who_is_who(counter: Counter) -> None:
    counter.team = None
    answer = await counter.get("alice", "/mappings")
    assert (answer.status_code, answer.json()["title"]) == (503, "Workspace unknown")
    assert (await counter.get("ci", "/mappings")).status_code == 200


async def test_slack_that_is_away_keeps_people_out_and_programs_in(counter: Counter) -> None:
    counter.town.directory.reachable = False
    answer = await counter.post("alice", "/mappings", {"target": "payments/api-0:5005"})
    assert (answer.status_code, answer.json()["title"]) == (503, "Directory unreachable")
    await counter.made("ci")


async def test_a_refusal_is_in_the_audit_by_the_name_of_the_token(counter: Counter) -> None:
    await counter.post("nobody", "/mappings", {"target": "payments/api-0:5005"})
    entries = await counter.town.transactions.read(lambda uow: uow.audit.latest(1))
    assert [(str(entry.actor), entry.event) for entry in entries] == [("rest:nobody", "refused:request")]


async def test_whoever_is_turned_away_is_in_the_log_by_their_address_and_without_what_they_sent(
    counter: Counter,
) -> None:
    with capture_logs() as logs:
        await counter.ask(None, "GET", "/mappings", headers={"Authorization": "Bearer nearly-right-0123456789"})
    [entry] = [entry for entry in logs if entry["event"] == "rest.turned_away"]
    assert (entry["client"], entry["path"], entry["error"]) == ("127.0.0.1", "/api/v2/mappings", "TokenUnknown")
    assert "nearly-right" not in str(logs)
