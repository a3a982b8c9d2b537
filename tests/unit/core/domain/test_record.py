from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.mapping import MappingId
from core.domain.notices import Facts
from core.domain.people import Client, Person, System, TeamId, UserId
from core.domain.record import AuditEntry, Note, entry_of, link
from core.domain.verifying import ERASED, Finding, Seal, Verifier, spans, write_spans

NOW = datetime(2030, 1, 7, 9, 0, 0, 123456, tzinfo=UTC)
ALICE = Person(TeamId("T1"), UserId("UALICE"))


def note(detail: Facts | None = None, *, event: str = "request", at: datetime = NOW) -> Note:
    return Note(at, ALICE, event, MappingId(1), None, "requested", "payments", ALICE, detail or {})


def chained(*notes: Note) -> list[AuditEntry]:
    entries = list[AuditEntry]()
    for one in notes:
        entries.append(entry_of(one, entries[-1] if entries else None, ("salt", "pepper")))
    return entries


def findings(entries: list[AuditEntry], seal: Seal | None = None) -> list[Finding]:
    verifier = Verifier(seal or Seal(), [entry for entry in entries if entry.event.startswith("audit:")])
    return [*verifier.beginning(), *verifier.look_at(entries)]


FIVE = chained(*(note({"reason": f"order {number}", "10.1.2.3": number}) for number in range(5)))


def test_a_chain_that_nobody_touched_verifies() -> None:
    assert findings(FIVE) == []


def test_a_changed_entry_is_found() -> None:
    changed = replace(FIVE[2], actor=System.TIMER)
    assert [f.entry_id for f in findings([*FIVE[:2], changed, *FIVE[3:]])] == [3]


def test_a_changed_entry_with_a_hash_to_match_is_found_at_the_next_one() -> None:
    changed = replace(FIVE[2], actor=System.TIMER)
    forged = replace(changed, hash=link(FIVE[1].hash, changed))
    assert [f.entry_id for f in findings([*FIVE[:2], forged, *FIVE[3:]])] == [4]


def test_a_missing_entry_is_found() -> None:
    assert [f.entry_id for f in findings([*FIVE[:2], *FIVE[3:]])] == [4]
    assert [f.entry_id for f in findings(FIVE[1:])] == [2]


def test_an_inserted_entry_is_found() -> None:
    (stranger,) = chained(note({"port": 1}))
    later = [replace(entry, id=entry.id + 1) for entry in FIVE[2:]]
    assert findings([*FIVE[:2], replace(stranger, id=3), *later])


def test_two_entries_that_changed_places_are_found() -> None:
    swapped = [FIVE[0], replace(FIVE[2], id=2), replace(FIVE[1], id=3), *FIVE[3:]]
    assert [f.entry_id for f in findings(swapped)][:2] == [2, 3]


def test_a_changed_word_beside_an_entry_is_found() -> None:
    words, addresses = FIVE[1].asides
    changed = replace(FIVE[1], asides=(replace(words, content={"reason": "order 66"}), addresses))
    assert [str(f) for f in findings([FIVE[0], changed, *FIVE[2:]])] == ["entry 2: the words beside it were changed"]


@pytest.mark.parametrize(
    "told",
    [{"erased": "words, addresses", "ids": "1-2"}, {"erased": "words", "before": (NOW + timedelta(1)).isoformat()}],
)
def test_erasing_what_stands_beside_entries_leaves_the_chain_as_it_is_where_an_entry_tells_of_it(told: Facts) -> None:
    entries = chained(note({"reason": "order 4711"}), note(), note(told, event=ERASED))
    entries[0] = replace(entries[0], asides=())
    assert findings(entries) == []
    assert [f.entry_id for f in findings(entries[:2])] == [1]


def test_removed_entries_are_fine_where_an_entry_tells_of_it() -> None:
    seal = Seal(1, FIVE[0].hash)
    entries = chained(note({"reason": "order 0", "10.1.2.3": 0}), note({"up_to": 1, "hash": "?"}, event="audit:seal"))
    assert [f.entry_id for f in findings(FIVE[1:], seal)] == [1]
    told = chained(note(), note())
    told.append(entry_of(note({"up_to": 1, "hash": told[0].hash}, event="audit:seal"), told[-1], ("a", "b")))
    assert findings(told[1:], Seal(1, told[0].hash)) == []
    assert findings(entries[1:], Seal(1, entries[0].hash))


def test_words_and_addresses_stand_beside_what_stays() -> None:
    detail: Facts = {
        "reason": "order",
        "port": 5005,
        "target": "payments/api-0",
        "10.1.2.3": 2,
        "sources": "10.1.2.3, ::/0",
    }
    (entry,) = chained(note(detail))
    assert entry.plain == {"port": 5005, "target": "payments/api-0"}
    assert {str(aside.kind): dict(aside.content) for aside in entry.asides} == {
        "words": {"reason": "order"},
        "addresses": {"10.1.2.3": 2, "sources": "10.1.2.3, ::/0"},
    }
    assert entry.detail == detail


def test_a_client_that_is_called_by_its_address_can_be_erased_too() -> None:
    (entry,) = chained(replace(note(), actor=Client("10.1.2.3"), subject=Client("10.1.2.3")))
    assert (str(entry.actor), entry.subject) == ("rest:address", "rest:address")
    assert entry.detail == {"client": "rest:10.1.2.3"}


def test_an_entry_says_from_where_it_came() -> None:
    actors = (ALICE, Client("ci"), System.TIMER, System.GATEWAY, System.CLUSTER)
    assert [e.origin for e in chained(*(replace(note(), actor=actor) for actor in actors))] == [
        "slack",
        "rest",
        "timer",
        "gateway",
        "cluster",
    ]


def test_runs_of_numbers_are_written_as_one() -> None:
    text = write_spans([9, 3, 5, 4])
    assert text == "3-5, 9"
    assert [n for span in spans(text) for n in span] == [3, 4, 5, 9]
    assert list(spans("")) == []
