from collections.abc import Iterator
from typing import NoReturn

import pytest
import structlog

DEFECTS = {
    "bell.listener_broke",
    "duty.broke",
    "duty.ended",
    "port.broke",
    "timers.look_broke",
    "watching.decide_broke",
}


@pytest.fixture(autouse=True, scope="module")
def quiet_log() -> Iterator[None]:
    """Write no log, of which there would be a lot, and take none of our own defects for granted."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    yield
    structlog.configure(**before)


def _drop(_: object, __: str, event: structlog.typing.EventDict) -> NoReturn:
    if event["event"] in DEFECTS:
        raise AssertionError(event)
    raise structlog.DropEvent
