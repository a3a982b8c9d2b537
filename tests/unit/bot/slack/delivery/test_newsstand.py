from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bot.slack.blocks.message import Message
from bot.slack.delivery.newsstand import Newsstand
from bot.slack.errors import CannotPost, SlackError, SlackLimited
from bot.slack.webapi.client import Slack
from core.adapters.memory.clock import ManualClock
from core.adapters.memory.storage import MemoryStorage
from core.domain.errors import StorageUnavailable
from core.services.bulletins import Bulletins
from core.services.transactions import Bell, Transactions
from tests.contract.storage.samples import stored

MONDAY = datetime(2030, 1, 14, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)


class Wall:
    """A workspace that keeps what is posted, and refuses when it is told to."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str]] = []
        self.refuses: SlackError | None = None
        self.storage: MemoryStorage | None = None

    async def post(self, channel: str, message: Message) -> str:
        if self.refuses is not None:
            raise self.refuses
        self.posted.append((channel, message.text.splitlines()[0].split("<")[0]))
        return "1.0"


class Stand:
    """A newsstand with all around it."""

    def __init__(self) -> None:
        self.clock, self.storage, self.wall = ManualClock(MONDAY), MemoryStorage(), Wall()
        self.transactions = Transactions(self.storage, self.clock, Bell())
        self.newsstand = self.started()

    def started(self) -> Newsstand:
        return Newsstand(cast("Slack", self.wall), Bulletins("CHEAD", "CDIGEST"))

    async def look(self) -> list[tuple[str, str]]:
        await self.newsstand.post_due(self.transactions)
        posted, self.wall.posted = self.wall.posted, []
        return posted


@pytest.fixture
async def stand() -> Stand:
    stand = Stand()
    async with stand.storage.unit_of_work() as uow:
        await stored(uow, "grant", "open", "close", "cut")
        await uow.commit()
    return stand


HEAD = ("CHEAD", "*The record* ends with entry 5, ")


async def test_each_is_posted_once_a_day_or_week_whoever_looks(stand: Stand) -> None:
    assert await stand.look() == [HEAD, ("CDIGEST", "*The week from 2030-01-07*")]
    assert await stand.look() == []
    stand.newsstand = stand.started()
    assert await stand.look() == []
    stand.clock.advance(DAY)
    assert await stand.look() == [HEAD]
    stand.clock.advance(6 * DAY)
    assert await stand.look() == [HEAD, ("CDIGEST", "*The week from 2030-01-14*")]


async def test_what_was_written_down_is_posted_after_a_crash_as_it_was(stand: Stand) -> None:
    await Bulletins("CHEAD").write_due(stand.transactions)
    async with stand.storage.unit_of_work() as uow:
        await stored(uow)
        await uow.commit()
    stand.newsstand = Newsstand(cast("Slack", stand.wall), Bulletins())
    assert await stand.look() == [HEAD]


async def test_an_empty_record_has_no_head(stand: Stand) -> None:
    stand.storage.tables.audit.clear()
    assert await stand.look() == [("CDIGEST", "*The week from 2030-01-07*")]


@pytest.mark.parametrize("refusal", [CannotPost("chat.postMessage", "not_in_channel"), SlackLimited("x", 90)])
async def test_what_slack_refuses_is_posted_later(stand: Stand, refusal: SlackError) -> None:
    stand.wall.refuses = refusal
    assert await stand.look() == []
    stand.wall.refuses = None
    assert await stand.look() == []
    stand.clock.advance(timedelta(seconds=90))
    assert len(await stand.look()) == 2


async def test_a_database_that_is_away_posts_nothing(stand: Stand) -> None:
    stand.storage.fail_with(StorageUnavailable("away"))
    with pytest.raises(StorageUnavailable):
        await stand.look()
    assert stand.wall.posted == []
