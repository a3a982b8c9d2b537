"""The page's wire: what it is told, what it may do, and who is kept out."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from bot.workspace.page.server import Page
from tests.integration.workspace.listening import Listener
from tests.integration.workspace.world import World

CARD: list[dict[str, Any]] = [
    {"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": "*really?*"}},
    {
        "type": "actions",
        "block_id": "a",
        "elements": [{"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}}],
    },
]


class NoPorts:
    async def ports(self) -> Sequence[dict[str, Any]]:
        return [{"port": 10_001}]

    async def send(self, port: int, line: str) -> str:
        return f"{port} heard {line}"


@pytest.fixture
async def page(world: World) -> AsyncIterator[Page]:
    async with Page(world.workspace, [world.alice, world.bob], NoPorts()) as page:
        yield page


@pytest.fixture
async def browser(page: Page) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=page.address) as client:
        yield client


async def pictures(browser: httpx.AsyncClient, who: str) -> AsyncGenerator[dict[str, Any]]:
    async with browser.stream("GET", f"/live/{who}") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def first_picture(browser: httpx.AsyncClient, who: str) -> dict[str, Any]:
    async with aclosing(pictures(browser, who)) as seen:
        return await anext(seen)


def shown(picture: dict[str, Any], title: str) -> list[dict[str, Any]]:
    [found] = [one["messages"] for one in picture["conversations"] if one["title"] == title]
    return list(found)


async def test_the_picture_comes_again_with_every_change(world: World, browser: httpx.AsyncClient) -> None:
    seen = pictures(browser, "alice")
    first = await anext(seen)
    assert shown(first, "#payments") == []
    await world.bob.says("hello", channel=world.channel)
    [message] = shown(await anext(seen), "#payments")
    assert (message["author"], message["text"], message["bot"]) == ("bob", "hello", False)
    await seen.aclose()


async def test_what_only_one_person_sees_is_in_nobody_elses_picture(world: World, browser: httpx.AsyncClient) -> None:
    where = {"channel": world.channel.id, "user": world.alice.id, "text": "for your eyes"}
    await world.call("chat.postEphemeral", **where)
    hers, his = [await first_picture(browser, who) for who in ("alice", "bob")]
    assert [one["private"] for one in shown(hers, "#payments")] == [True]
    assert shown(his, "#payments") == []


async def test_a_click_on_the_page_reaches_the_app_as_that_person(
    world: World, app: Listener, browser: httpx.AsyncClient
) -> None:
    ts = await world.post(blocks=CARD)
    wish = {"what": "click", "channel": world.channel.id, "ts": ts, "block": "a", "action": "yes"}
    told = (await browser.post("/do/bob", json=wish)).json()
    assert told == {"told": None}
    assert app.last["user"]["id"] == world.bob.id


async def test_a_command_that_slack_does_not_know_is_told(browser: httpx.AsyncClient, world: World) -> None:
    wish = {"what": "type", "channel": world.channel.id, "text": "/nonsense now"}
    assert (await browser.post("/do/alice", json=wish)).json() == {"told": "/nonsense is not a valid command"}


@pytest.mark.parametrize(
    "wish",
    [{"what": "dance"}, {}, {"what": "click"}, {"what": "submit", "answers": {}}, {"what": "type", "text": "hi"}],
)
async def test_what_cannot_be_done_is_told(browser: httpx.AsyncClient, wish: dict[str, Any]) -> None:
    assert (await browser.post("/do/alice", json=wish)).json()["told"]


async def test_a_line_goes_through_a_port(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/ports")).json() == [{"port": 10_001}]
    answer = await browser.post("/line", json={"port": 10_001, "line": "hi"})
    assert answer.json() == {"answer": "10001 heard hi"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.com"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
)
async def test_what_another_site_has_the_browser_send_is_turned_away(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await browser.post("/line", content=b'{"port": 1, "line": "x"}', headers=headers)
    assert answer.status_code == httpx.codes.FORBIDDEN


async def test_files_are_served_by_name_alone(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert (await browser.get("/static/page.js")).headers["Content-Type"].startswith("text/javascript")
    assert (await browser.get("/static/..%2Fserver.py")).status_code == httpx.codes.NOT_FOUND
    assert (await browser.get("/live/mallory")).status_code == httpx.codes.NOT_FOUND
