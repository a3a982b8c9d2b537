from core.domain.mapping import MappingId
from core.domain.people import System
from core.domain.record import Note
from core.domain.verifying import Seal, Verifier
from core.interfaces import Refusal, Storage
from tests.contract.storage.samples import ALICE, BOB, NOW, PORT, asked, move, stored


async def test_every_decision_leaves_an_entry(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow, "grant", "open")
        await stored(uow, mapping=asked(BOB))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        entries = await uow.audit.of(mapping.id)
    assert [(e.actor, e.event, e.before, e.after) for e in entries] == [
        (ALICE, "request", None, "requested"),
        (BOB, "grant", "requested", "approved"),
        (System.GATEWAY, "opened", "approved", "open"),
    ]
    assert {entry.at for entry in entries} == {NOW}


async def test_a_refusal_leaves_an_entry_that_says_why(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow)
        await uow.refuse(Refusal(NOW, BOB, "request", "NamespaceNotAllowed", detail={"target": "secret/db-0"}))
        await uow.refuse(Refusal(NOW, BOB, "extend", "OverLimit", mapping.id, {"by": 3600}))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        extend, request, _ = await uow.audit.latest()
        assert (request.event, request.mapping_id) == ("refused:request", None)
        assert request.detail == {"target": "secret/db-0", "why": "NamespaceNotAllowed"}
        assert (extend.event, extend.mapping_id, extend.before, extend.after) == (
            "refused:extend",
            mapping.id,
            None,
            None,
        )
        assert (await uow.audit.of(mapping.id))[-1] == extend


async def test_a_refusal_may_name_a_mapping_that_is_not_there(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.refuse(Refusal(NOW, BOB, "close", "NoSuchMapping", MappingId(4711)))
        assert len(await uow.audit.of(MappingId(4711))) == 1


async def test_the_latest_come_newest_first_and_since_goes_on_from_an_id(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow)
        for _ in range(4):
            mapping = await uow.record(move(mapping))
        newest_first = await uow.audit.latest()
        assert [entry.id for entry in newest_first] == sorted((e.id for e in newest_first), reverse=True)
        assert await uow.audit.latest(2) == newest_first[:2]
        oldest_first = newest_first[::-1]
        assert await uow.audit.since(0) == oldest_first
        assert await uow.audit.since(oldest_first[1].id, limit=2) == oldest_first[2:4]
        assert await uow.audit.since(oldest_first[-1].id) == []


async def test_the_detail_of_a_decision_is_kept(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow, port=PORT)
        await uow.refuse(Refusal(NOW, System.TIMER, "x", "y", detail={"text": "“ü”", "number": 2**40, "none": None}))
        (entry,) = await uow.audit.latest(1)
        assert entry.actor is System.TIMER
        assert entry.detail == {"text": "“ü”", "number": 2**40, "none": None, "why": "y"}


async def test_the_entries_are_chained_in_the_order_of_the_commits(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow, "grant", "open")
        await uow.commit()
    async with storage.unit_of_work() as uow:
        await uow.refuse(Refusal(NOW, BOB, "request", "NotAMember", detail={"message": "no", "target": "payments/x"}))
    async with storage.unit_of_work() as uow:
        await uow.audit.enter(Note(NOW, System.TIMER, "audit:erase", detail={"erased": "words"}))
        await uow.refuse(Refusal(NOW, BOB, "extend", "OverLimit", detail={"10.1.2.3": 4}))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        entries = await uow.audit.since(0)
    assert [entry.id for entry in entries] == [1, 2, 3, 4, 5]
    assert list(Verifier(Seal()).look_at(entries)) == []
    assert [entry.origin for entry in entries] == ["slack", "slack", "gateway", "timer", "slack"]
    assert [(entry.namespace, entry.subject) for entry in entries][2:4] == [("payments", str(ALICE)), (None, None)]
    assert entries[0].detail["reason"] == asked().reason
    assert "reason" not in entries[0].plain
