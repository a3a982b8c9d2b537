"""What every clock promises, the one that is moved by hand included."""

from datetime import UTC

import pytest

from core.adapters.clock import SystemClock
from core.adapters.memory.clock import ManualClock
from core.interfaces import Clock

CLOCKS = [pytest.param(SystemClock(), id="system"), pytest.param(ManualClock(), id="manual")]


@pytest.mark.parametrize("clock", CLOCKS)
def test_its_time_is_aware_and_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("clock", CLOCKS)
def test_it_does_not_go_backwards_by_itself(clock: Clock) -> None:
    first = clock.now()
    assert clock.now() >= first
