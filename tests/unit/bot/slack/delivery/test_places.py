from dataclasses import replace

import pytest

from bot.slack.delivery.places import Places
from core.domain.mapping import Mapping, MappingId, Place
from core.domain.states import State
from core.interfaces import Post, PostRole
from tests.contract.storage.samples import asked

HERE, THERE, PRIVATE = "C-here", "C-there", "D-alice"
WAITING = replace(asked(), place=Place(HERE), approvers_channel=THERE)
OPEN = replace(WAITING, state=State.OPEN)
HOME = Post(MappingId(1), PostRole.CARD, HERE, "1.1")
DIRECT = Post(MappingId(1), PostRole.CARD, PRIVATE, "1.2")
COPY = Post(MappingId(1), PostRole.COPY, THERE, "1.3")


def test_each_post_is_known_by_what_it_is_and_where() -> None:
    places = Places(WAITING, [COPY, DIRECT, HOME])
    assert (places.home, places.direct, places.copy) == (HOME, DIRECT, COPY)


@pytest.mark.parametrize(
    ("posts", "thread"), [([DIRECT, COPY, HOME], HOME), ([COPY, DIRECT], DIRECT), ([COPY], COPY), ([], None)]
)
def test_the_log_hangs_on_the_card_where_it_was_asked_or_what_stands_for_it(
    posts: list[Post], thread: Post | None
) -> None:
    assert Places(WAITING, posts).thread == thread


@pytest.mark.parametrize(("approvers", "channel"), [(THERE, THERE), (HERE, None), (None, None)])
def test_a_copy_goes_where_the_card_is_not(approvers: str | None, channel: str | None) -> None:
    assert Places(replace(WAITING, approvers_channel=approvers), []).copy_channel == channel


@pytest.mark.parametrize(
    ("mapping", "channels"),
    [
        (WAITING, (HERE, THERE)),
        (replace(WAITING, approvers_channel=None), (HERE,)),
        (replace(WAITING, place=Place(PRIVATE, direct=True)), (THERE,)),
        (replace(WAITING, place=Place(PRIVATE, direct=True), approvers_channel=None), ()),
    ],
)
def test_an_invitation_helps_wherever_somebody_could_decide(mapping: Mapping, channels: tuple[str, ...]) -> None:
    assert tuple(Places(mapping, []).channels_to_join) == channels


@pytest.mark.parametrize(
    ("mapping", "posts", "settled"),
    [
        (WAITING, [DIRECT, COPY], True),
        (OPEN, [DIRECT], True),
        (WAITING, [DIRECT], False),
        (OPEN, [DIRECT, HOME], False),
        (OPEN, [], False),
    ],
)
def test_the_card_stays_a_direct_message_where_nobody_needs_it_elsewhere(
    mapping: Mapping, posts: list[Post], settled: object
) -> None:
    assert Places(mapping, posts).settled_elsewhere is settled
