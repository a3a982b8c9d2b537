import asyncio
from collections.abc import Callable

import httpx
import pytest

from bot.client.connection import Connection
from bot.client.errors import (
    ClientError,
    Conflict,
    Declined,
    Forbidden,
    NoApiThere,
    NotFound,
    ServerAway,
    ServerTrouble,
    Unauthorized,
    Unreadable,
)
from bot.client.server import Server
from tests.unit.bot.client.samples import URL, Answers, ok, problem

LOST = httpx.RemoteProtocolError("the server went away")


async def error_of(answers: Answers, server: Server | None = None) -> ClientError:
    async with answers.connection(server) as connection:
        with pytest.raises(ClientError) as caught:
            await connection.get("mappings")
    return caught.value


async def test_it_says_who_asks_and_where() -> None:
    answers = Answers(ok(b"{}"))
    async with answers.connection(Server("https://gw.example.com/proxier", "geheim")) as connection:
        assert await connection.get("mappings/m42", [("wait", "10")]) == b"{}"
    [request] = answers.asked
    assert str(request.url) == "https://gw.example.com/proxier/api/v2/mappings/m42?wait=10"
    assert request.headers["authorization"] == "Bearer geheim"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (403, Forbidden, 3),
        (404, NotFound, 3),
        (409, Conflict, 3),
        (422, Unreadable, 2),
        (413, Declined, 3),
        (500, ServerTrouble, 1),
        (503, ServerTrouble, 1),
    ],
)
async def test_each_answer_that_says_no_is_an_error_of_its_own(status: int, kind: type[ClientError], code: int) -> None:
    error = await error_of(Answers(problem(status, detail="that is why", hint="do this")))
    assert (type(error), str(error), error.hint, error.exit) == (kind, "that is why", "do this", code)


async def test_who_is_not_known_is_told_how_to_say_it() -> None:
    unknown = await error_of(Answers(problem(401, detail="a bearer token is needed")), Server(URL))
    assert (type(unknown), unknown.exit) == (Unauthorized, 3)
    assert "--token-file FILE" in unknown.hint
    wrong = await error_of(Answers(problem(401)))
    assert str(wrong) == "the server does not accept this token (401)"


@pytest.mark.parametrize(
    ("kind", "given", "hint"),
    [
        ("no-such-mapping", {"hint": "GET /api/v2/mappings"}, "pod-proxier list --all-states shows those there are"),
        ("source-required", {"hint": "say from where", "example": "[]"}, "say from where: --from 10.1.2.3"),
        ("no-such-pod", {"hint": "did you mean payments/api-0?"}, "did you mean payments/api-0?"),
        ("bad-ttl", {"example": "2h"}, "for example 2h"),
        ("else", {"hint": "/proxy list"}, ""),
    ],
)
async def test_advice_is_for_this_command_line(kind: str, given: dict[str, str], hint: str) -> None:
    assert (await error_of(Answers(problem(403, kind, **given)))).hint == hint


@pytest.mark.parametrize(
    ("answer", "said", "code"),
    [
        (httpx.Response(404, text="not found"), f"{URL} answers 404 Not Found, as no Pod-Proxier", 1),
        (httpx.Response(302, headers={"location": "https://login"}), "answers 302 Found to https://login", 1),
        (httpx.Response(502, text="<html>"), f"{URL} answers 502 Bad Gateway", 1),
        (
            httpx.Response(409, headers={"content-type": "application/problem+json"}, text="<"),
            "answers 409 Conflict",
            1,
        ),
    ],
)
async def test_what_a_stranger_answers_is_not_taken_for_the_api(answer: httpx.Response, said: str, code: int) -> None:
    error = await error_of(Answers(answer))
    assert said in str(error)
    assert isinstance(error, NoApiThere | ServerTrouble)
    assert error.exit == code


async def test_a_read_is_tried_once_more_where_the_connection_fails() -> None:
    answers = Answers(LOST, ok(b"{}"))
    async with answers.connection() as connection:
        assert await connection.get("mappings") == b"{}"
    assert len(answers.asked) == 2


async def test_it_is_tried_once_more_and_not_for_ever() -> None:
    answers = Answers(LOST)
    error = await error_of(answers)
    assert (type(error), len(answers.asked)) == (ServerAway, 2)
    assert str(error) == f"{URL} does not answer: the server went away"


async def test_what_changes_something_is_tried_again_only_under_a_key() -> None:
    answers = Answers(LOST)
    async with answers.connection() as connection:
        with pytest.raises(ServerAway):
            await connection.post("mappings/m42/close")
        assert len(answers.asked) == 1
        with pytest.raises(ServerAway):
            await connection.post("mappings", {}, key="k1")
    assert [request.headers.get("idempotency-key") for request in answers.asked] == [None, "k1", "k1"]


async def test_no_answer_says_no_twice() -> None:
    answers = Answers(problem(503))
    await error_of(answers)
    assert len(answers.asked) == 1


def hanging(seconds: float) -> Callable[[httpx.Request], object]:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(seconds)
        return httpx.Response(200, content=b"{}")

    return hang


async def test_a_server_that_hangs_is_not_waited_for_longer_than_it_was_asked_to_wait() -> None:
    async with Connection(Server(URL), httpx.MockTransport(hanging(20))) as connection:  # type: ignore[arg-type]  # httpx takes both colours
        with pytest.raises(ServerAway, match="does not answer: nothing within 15 s"):
            await connection.get("mappings")
        assert await connection.get("mappings/m42", more=10) == b"{}"


async def test_where_nobody_listens_the_system_says_so() -> None:
    refused = httpx.ConnectError("All connection attempts failed")
    refused.__cause__ = ExceptionGroup("both", [ConnectionRefusedError(111, "Connect call failed"), OSError(101, "x")])
    error = await error_of(Answers(refused))
    assert str(error) == f"{URL} does not answer: Connection refused"
    assert "--server URL" in error.hint
