from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.erasing import EVERYTHING, is_meant, without
from core.domain.mapping import Baseline, Cause, Ending, Mapping, Traffic
from core.domain.people import Client, System
from core.domain.record import SOME_ADDRESS, Erasable
from core.domain.sources import Sources
from tests.contract.storage.samples import ALICE, NOW, asked

THERE = ip_address("10.1.2.3")


def over(**fields: object) -> Mapping:
    told = Ending(Cause.CLOSED, ALICE, NOW, "a person's words")
    mapping = replace(asked(), sources=Sources.parse("10.1.2.3,10.8.0.0/16"), ending=told, refusals_told=(THERE,))
    mapping = replace(mapping, traffic=Traffic(3, 4, 5, (THERE,)), baseline=Baseline("e", callers={THERE: 1}))
    return replace(mapping, **fields)  # type: ignore[arg-type]  # the tests' own fields


def test_nothing_of_where_callers_were_is_left() -> None:
    left = without(over(requester=Client("10.1.2.3"), ending=Ending(Cause.CLOSED, Client("10.1.2.3"), NOW)), EVERYTHING)
    assert "10.1.2.3" not in str(left.traffic) + str(left.baseline) + str(left.refusals_told) + str(left.sources)
    assert left.requester == SOME_ADDRESS
    assert left.ending == Ending(Cause.CLOSED, SOME_ADDRESS, NOW)
    assert (left.traffic, str(left.sources)) == (Traffic(3, 4, 5), "10.8.0.0/16")


def test_words_alone_are_erased_alone() -> None:
    left = without(over(), frozenset({Erasable.WORDS}))
    assert (left.reason, left.ending) == ("", Ending(Cause.CLOSED, ALICE, NOW))
    assert left.traffic == over().traffic


def test_what_the_program_said_of_an_end_stays() -> None:
    gone = Ending(Cause.TARGET_GONE, System.CLUSTER, NOW, "was deleted")
    assert without(over(ending=gone), EVERYTHING).ending == gone


def test_a_mapping_without_any_of_it_stays_as_it_is() -> None:
    bare = replace(asked(), reason="")
    assert without(bare, EVERYTHING) == bare


@pytest.mark.parametrize(
    ("person", "actor", "meant"),
    [
        ("UALICE", "slack:T1/UALICE", True),
        ("slack:T1/UALICE", "slack:T1/UALICE", True),
        ("slack:T2/UALICE", "slack:T1/UALICE", False),
        ("ALICE", "slack:T1/UALICE", False),
        ("UALICE", "rest:x/UALICE", False),
        ("rest:ci", "rest:ci", True),
    ],
)
def test_a_person_is_meant_by_an_id(person: str, actor: str, meant: object) -> None:
    assert is_meant(person, actor) is meant
