import asyncio
from datetime import datetime, timedelta

import httpx
import pytest

from bot.client.api import Api
from bot.client.errors import CameToNothing, ServerAway, StillWaiting
from bot.client.models import Told
from bot.client.waiting import Waiting
from tests.unit.bot.client.samples import APPROVED, DENIED, NOW, REQUESTED, Answers, ok, problem, shown

LOST = httpx.ConnectError("lost")
ASKED = Told(shown(**REQUESTED))


def now() -> datetime:
    """A clock that goes with the loop's."""
    return NOW + timedelta(seconds=asyncio.get_running_loop().time())


class Scene:
    """What was said and asked while somebody waited."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.server, self.said = Answers(*answers), list[str]()

    async def wait(self, limit: timedelta | None = None) -> str:
        async with self.server.connection() as connection:
            told = await Waiting(Api(connection), self.said.append, now).until_open(ASKED, limit)
        return told.view.endpoint


async def test_it_waits_until_it_is_open_and_says_what_for_once_each() -> None:
    scene = Scene(ok(shown(**REQUESTED)), ok(shown(**REQUESTED)), ok(shown(**APPROVED)), ok(shown()))
    assert await scene.wait() == "gw.example.com:10004"
    assert scene.said == [
        "m42 waits for 1 approval; the card is in Slack; it lapses in 10m",
        "m42 is approved; its port is being opened",
    ]
    assert {request.url.query for request in scene.server.asked} == {b"wait=10"}


async def test_trouble_on_the_way_is_told() -> None:
    scene = Scene(ok(shown(**APPROVED | {"trouble": "the gateway does not answer"})), ok(shown()))
    await scene.wait()
    assert scene.said[-1] == "m42 is approved, and not open yet: the gateway does not answer"


async def test_what_was_denied_is_not_waited_for() -> None:
    with pytest.raises(CameToNothing, match="m42 was denied by U2") as caught:
        await Scene(ok(shown(**DENIED))).wait()
    assert caught.value.exit == 3


async def test_when_the_time_is_over_the_request_stands_and_can_be_taken_back() -> None:
    scene = Scene(ok(shown(**REQUESTED)))
    with pytest.raises(StillWaiting, match="m42 waits for 1 approval") as caught:
        await scene.wait(timedelta(seconds=30))
    assert caught.value.exit == 4
    assert "pod-proxier close m42" in caught.value.hint
    assert len(scene.server.asked) <= 31, "a server that answers at once is asked once a second"


async def test_a_server_that_is_started_anew_meanwhile_is_waited_for() -> None:
    scene = Scene(LOST, LOST, LOST, problem(503, detail="the database does not do its part now"), ok(shown()))
    assert await scene.wait() == "gw.example.com:10004"
    assert scene.said[1:] == ["http://127.0.0.1:3343 does not answer: lost; trying again"]


async def test_a_server_that_stays_away_is_given_up() -> None:
    with pytest.raises(ServerAway):
        await Scene(LOST).wait()
    assert 120 <= asyncio.get_running_loop().time() < 125
