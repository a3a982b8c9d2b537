"""The client in front of the program's own API, on the in-memory twins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.client.api import Api, Filter
from bot.client.asking import read_request
from bot.client.connection import Connection
from bot.client.errors import CameToNothing, ClientError, Conflict, Forbidden, NotFound, StillWaiting, Unauthorized
from bot.client.models import Told
from bot.client.server import Server
from bot.client.waiting import Waiting
from core.domain.mapping import Reference
from tests.unit.bot.api.v2.counter import SECRETS, Counter, counter_in
from tests.unit.core.services.town import SOON, Town

REQUEST = read_request(["payments/api-0:5005", "2h"], "10.1.2.3", "order 4711 hangs")
HALF = timedelta(minutes=30)


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    town = Town(asyncio.get_running_loop())
    async with counter_in(town) as counter, town.process():
        yield counter


@asynccontextmanager
async def api_of(counter: Counter, who: str | None = "ci") -> AsyncIterator[Api]:
    """Ask as somebody."""
    server = Server("http://bot", SECRETS.get(who, "nobodys") if who else None)
    async with Connection(server, counter.client._transport) as connection:
        yield Api(connection)


async def waited(counter: Counter, api: Api, told: Told, limit: timedelta | None = None) -> tuple[Told, list[str]]:
    said = list[str]()
    return await Waiting(api, said.append, counter.town.clock.now).until_open(told, limit), said


async def opened(counter: Counter, api: Api) -> Told:
    told = await api.open(REQUEST, "k1")
    await counter.post("bob", f"/mappings/{told.view.id}/approve")
    await asyncio.sleep(SOON)
    return await api.mapping(told.view.id)


async def test_from_a_request_to_its_end(counter: Counter) -> None:
    async with api_of(counter) as api:
        told = await api.open(REQUEST, "k1")
        assert (told.view.state, told.view.sources, told.view.reason) == (
            "requested",
            ("10.1.2.3",),
            "order 4711 hangs",
        )
        approving = asyncio.create_task(_approve_later(counter, told))
        told, said = await waited(counter, api, told)
        await approving
        assert said == ["m1 waits for 1 approval; the card is in Slack; it lapses in 1h"]
        assert told.view.endpoint == f"gw.example.com:{told.view.port}"
        name = await api.named(Reference(port=told.view.port))
        assert (name, (await api.extend(name, HALF)).view.expires_at) == ("m1", _later(told, HALF))
        assert (await api.close(name)).view.state == "closing"
        await asyncio.sleep(SOON)
        ended = (await api.mapping("m1")).view
        assert ended.ending is not None
        assert (ended.state, ended.ending.cause, ended.ending.by) == ("closed", "closed", "rest:ci")


async def _approve_later(counter: Counter, told: Told) -> None:
    await asyncio.sleep(15)
    assert (await counter.post("bob", f"/mappings/{told.view.id}/approve")).is_success


def _later(told: Told, by: timedelta) -> object:
    assert told.view.expires_at is not None
    return told.view.expires_at + by


async def test_what_somebody_denies_came_to_nothing(counter: Counter) -> None:
    async with api_of(counter) as api:
        told = await api.open(REQUEST, "k1")
        await counter.post("bob", "/mappings/m1/deny")
        with pytest.raises(CameToNothing, match="m1 was denied by"):
            await waited(counter, api, told)


async def test_what_nobody_looks_at_is_waited_for_no_longer_than_was_said(counter: Counter) -> None:
    async with api_of(counter) as api:
        told, begun = await api.open(REQUEST, "k1"), counter.town.clock.now()
        with pytest.raises(StillWaiting):
            await waited(counter, api, told, timedelta(seconds=25))
    assert counter.town.clock.now() - begun == timedelta(seconds=25)


async def test_the_same_key_asks_once(counter: Counter) -> None:
    async with api_of(counter) as api:
        assert [(await api.open(REQUEST, "k1")).view.id for _ in range(2)] == ["m1", "m1"]
        other = read_request(["payments/api-1:5005"], None, None)
        with pytest.raises(ClientError) as caught:
            await api.open(other, "k1")
    assert caught.value.exit == 3


async def test_a_list_is_what_the_filter_says(counter: Counter) -> None:
    async with api_of(counter) as api:
        await opened(counter, api)
        await api.open(read_request(["payments/api-1:5005"], None, None), "k2")
        await api.close("m2")
        listed = {
            "live": Filter(live=True),
            "all": Filter(),
            "withdrawn": Filter(states=("withdrawn", "denied")),
            "pod": Filter(namespace="payments", name="api-0"),
            "ci": Filter(requester="rest:ci"),
            "alice": Filter(requester="slack:T1/UALICE"),
        }
        found = {name: [told.view.id async for told in api.listed(each)] for name, each in listed.items()}
    assert found == {
        "live": ["m1"],
        "all": ["m2", "m1"],
        "withdrawn": ["m2"],
        "pod": ["m1"],
        "ci": ["m2", "m1"],
        "alice": [],
    }


async def test_who_may_not_is_refused_in_words(counter: Counter) -> None:
    async with api_of(counter, who=None) as nobody:
        with pytest.raises(Unauthorized, match="no token was given"):
            await nobody.mapping("m1")
    async with api_of(counter, who="made-up") as wrong:
        with pytest.raises(Unauthorized, match="does not accept this token"):
            await wrong.mapping("m1")
    async with api_of(counter, who="reader") as reader:
        with pytest.raises(Forbidden, match="takes the scope request") as caught:
            await reader.open(REQUEST, "k1")
        assert caught.value.hint == "a token with scopes: [request]"
    async with api_of(counter, who="nobody") as stranger:
        with pytest.raises(Forbidden):
            await stranger.open(REQUEST, "k1")


async def test_what_is_not_there_or_over_is_refused_in_words(counter: Counter) -> None:
    async with api_of(counter) as api:
        with pytest.raises(NotFound, match="there is no mapping for m7") as caught:
            await api.close("m7")
        assert caught.value.hint == "pod-proxier list --all-states shows those there are"
        await api.open(REQUEST, "k1")
        await api.close("m1")
        with pytest.raises(Conflict, match="m1 is withdrawn"):
            await api.close("m1")
        with pytest.raises(NotFound, match="nothing is open on port 10000"):
            await api.named(Reference(port=10000))
