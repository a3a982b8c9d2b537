from datetime import timedelta

from bot.slack.door.reception import MEMORY, Seen
from core.adapters.memory.clock import ManualClock


def test_a_delivery_is_new_once_and_for_each_name() -> None:
    seen = Seen(ManualClock())
    assert [seen.again(name) for name in ("a", "b", "a", "b", "c")] == [False, False, True, True, False]


def test_what_was_seen_is_forgotten_in_time_and_no_sooner() -> None:
    clock = ManualClock()
    seen = Seen(clock)
    seen.again("a")
    clock.advance(MEMORY)
    assert seen.again("a")
    clock.advance(timedelta(seconds=1))
    assert not seen.again("a")


def test_a_clock_that_was_put_back_does_not_make_it_remember_for_ever() -> None:
    clock = ManualClock()
    seen = Seen(clock)
    seen.again("a")
    clock.advance(-timedelta(days=365))
    for number in range(20):
        seen.again(str(number))
        clock.advance(timedelta(minutes=1))
    assert len(seen) <= MEMORY // timedelta(minutes=1) + 2
