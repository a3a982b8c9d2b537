from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.mapping import Cause, Mapping, Trouble
from core.domain.people import System
from core.domain.pod import Phase, Pod
from core.domain.route import Probe
from core.domain.sighting import differs, gone, seen
from core.domain.states import Event, State
from core.domain.target import PodUid
from tests.unit.core.samples import HOUR, NOW, approved, closing, opened, pod, requested, topics

OTHER = pod(uid=PodUid("another incarnation"))
MOVED = pod(address="10.9.9.9")
GONE = [
    (None, "was deleted"),
    (OTHER, "was replaced by another one of the same name"),
    (pod(deleting=True), "is being deleted"),
    (pod(phase=Phase.SUCCEEDED), "has finished (succeeded)"),
    (pod(phase=Phase.FAILED), "has finished (failed)"),
]
UNCHANGED = [pod(), pod(ready=False), pod(phase=Phase.PENDING), pod(phase=Phase.UNKNOWN), pod(address=None)]


@pytest.mark.parametrize(("there", "why"), GONE)
@pytest.mark.parametrize(
    ("make", "state"), [(requested, State.REFUSED), (approved, State.CLOSING), (opened, State.CLOSING)]
)
def test_a_pod_that_is_gone_ends_its_mapping_and_says_why(
    make: Callable[[], Mapping], state: State, there: Pod | None, why: str
) -> None:
    decision = seen(make(), there, NOW)
    assert decision is not None
    ending = decision.mapping.ending
    assert ending is not None
    assert (decision.event, decision.mapping.state) == (Event.TARGET_GONE, state)
    assert (ending.cause, ending.by, ending.detail) == (Cause.TARGET_GONE, System.CLUSTER, why)


def test_that_a_request_came_to_nothing_is_told_at_once_and_an_end_with_its_report() -> None:
    assert topics(seen(requested(), None, NOW)) == ["refused:thread", "card:card"]
    assert topics(seen(opened(), None, NOW)) == ["card:card"]


@pytest.mark.parametrize("make", [requested, approved, opened])
def test_a_new_address_of_the_same_pod_is_followed(make: Callable[[], Mapping]) -> None:
    decision = seen(make(), MOVED, NOW)
    assert decision is not None
    assert (decision.event, decision.mapping.state) == (Event.RETARGET, make().state)
    assert decision.mapping.endpoint == replace(make().endpoint, address=ip_address("10.9.9.9"))


def test_a_move_is_told_where_somebody_may_be_connected() -> None:
    assert topics(seen(opened(), MOVED, NOW)) == ["moved:thread"]
    assert topics(seen(requested(), MOVED, NOW)) == []


def test_what_did_not_answer_at_the_old_address_is_tried_at_the_new_one() -> None:
    decision = seen(replace(approved(), trouble=Trouble(NOW, Probe.REFUSED)), MOVED, NOW)
    assert decision is not None
    assert decision.mapping.trouble is None
    assert topics(decision) == ["moved:thread", "card:card"]


@pytest.mark.parametrize("there", UNCHANGED)
def test_readiness_and_the_like_are_no_news(there: Pod) -> None:
    assert seen(opened(), there, NOW) is None
    assert not gone(opened(), there)


@pytest.mark.parametrize("there", [None, OTHER, MOVED])
def test_what_is_over_or_about_to_be_is_left_alone(there: Pod | None) -> None:
    assert seen(closing(), there, NOW) is None
    assert seen(replace(closing(), state=State.CLOSED), there, NOW) is None
    assert seen(opened(), there, NOW + HOUR) is None


@pytest.mark.parametrize("there", [*(there for there, _ in GONE), MOVED, *UNCHANGED])
def test_a_quick_look_finds_everything_that_a_decision_would(there: Pod | None) -> None:
    for mapping in (requested(), approved(), opened()):
        assert differs(mapping, there) is (seen(mapping, there, NOW) is not None)
