"""What is told of no single mapping."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.slack.blocks import bulletins as blocks
from bot.slack.blocks.message import Message
from core.domain.digest import Digest, Held, to_facts
from core.domain.living import stamp
from tests.golden import moments as at


def bulletins() -> Mapping[str, Message]:
    monday = datetime(2030, 1, 7, tzinfo=UTC)
    both = ("payments/api-0:5005", "payments/db-0:5432")
    held = tuple(Held(who, 2, both, 9_000) for who in (str(at.ALICE), "rest:ci"))
    many = Held(str(at.BOB), 7, ("a/<b>-0:1", "a/b-1:1", "a/b-2:1", "a/b-3:1", "a/b-4:1"), 59)
    longest = ((str(at.ALICE), "payments/api-0:5005", 7_200), ("rest:ci", "payments/db-0:5432", 1_800))
    busy = Digest(monday.date(), 12, 11, 1, 3, 1, 2, (*held, many), 4, longest)
    return {
        "head": blocks.head({"id": 4711, "hash": "0123456789abcdef" * 4, "at": stamp(at.NOW)}),
        "digest": blocks.digest(to_facts(busy)),
        "digest of a quiet week": blocks.digest(to_facts(Digest(monday.date()))),
    }
