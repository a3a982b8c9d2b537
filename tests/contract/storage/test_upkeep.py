from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from core.adapters.memory.clock import ManualClock
from core.domain.erasing import Erasure
from core.domain.mapping import Mapping, Traffic
from core.domain.people import System
from core.domain.record import AuditEntry, Erasable, Note
from core.domain.sources import Sources
from core.domain.verifying import ERASED, SEALED, Finding, Verifier
from core.interfaces import Bulletin, Post, PostRole, Refusal, Storage, UnitOfWork, Wanted
from core.services.transactions import Bell, Transactions
from core.services.upkeep import Erased, Upkeep, erase
from tests.contract.storage.samples import ALICE, BOB, NOW, asked, close, cut, grant, opened, request

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def transactions(storage: Storage, clock: ManualClock) -> Transactions:
    return Transactions(storage, clock, Bell())


async def lived(uow: UnitOfWork, at: int, requester: object = ALICE) -> Mapping:
    """A mapping that began and ended so many days after NOW, in which something of everything was written down."""
    now = NOW + at * DAY
    assert requester in {ALICE, BOB}
    wish = replace(asked(ALICE if requester == ALICE else BOB, now=now), sources=Sources.parse("10.1.2.3,10.8.0.0/16"))
    mapping = await uow.record(request(wish))
    for step in (grant, opened, close, cut):
        decision = step(mapping, now=now)
        traffic = Traffic(1, callers=(ip_address("10.1.2.3"),)) if step is cut else None
        mapping = await uow.record(replace(decision, mapping=replace(decision.mapping, traffic=traffic)))
    await uow.refuse(Refusal(now, mapping.requester, "extend", "OverLimit", mapping.id, {"10.1.2.3": 7}))
    await uow.posts.put(Post(mapping.id, PostRole.CARD, "C1", f"{at}.0"))
    await uow.outbox.done([entry.id for entry in await uow.outbox.waiting(now)], now)
    return mapping


async def record(storage: Storage) -> tuple[list[AuditEntry], list[Finding]]:
    async with storage.unit_of_work() as uow:
        entries = list(await uow.audit.since(0, 1000))
        verifier = Verifier(await uow.audit.sealed(), await uow.audit.search(Wanted(event="audit:*")))
        return entries, [*verifier.beginning(), *verifier.look_at(entries)]


async def test_a_person_s_words_and_addresses_are_erased_and_nobody_else_s(
    storage: Storage, transactions: Transactions
) -> None:
    async with storage.unit_of_work() as uow:
        hers, his = await lived(uow, 0), await lived(uow, 0, BOB)
        await uow.commit()
    assert await erase(Erasure(person="UALICE"), transactions, System.TIMER) == Erased(2, 1)
    assert await erase(Erasure(person="slack:T1/UALICE"), transactions, System.TIMER) == Erased()

    entries, findings = await record(storage)
    assert findings == []
    assert [e.event for e in entries if e.event == ERASED] == [ERASED]
    assert {e.subject or str(e.actor) for e in entries if e.erased} == {str(ALICE)}
    async with storage.unit_of_work() as uow:
        erased, kept = await uow.mappings.get(hers.id), await uow.mappings.get(his.id)
    assert kept == his
    assert (erased.reason, str(erased.sources), erased.version) == ("", "10.8.0.0/16", hers.version)
    assert erased.traffic == Traffic(1)


async def test_addresses_go_after_their_time_and_words_stay(
    storage: Storage, transactions: Transactions, clock: ManualClock
) -> None:
    async with storage.unit_of_work() as uow:
        old, young = await lived(uow, 0), await lived(uow, 25)
        await uow.commit()
    clock.set(NOW + 35 * DAY)
    upkeep = Upkeep(timedelta(days=30), None)
    await upkeep.tidy(transactions)
    await upkeep.tidy(transactions)

    entries, findings = await record(storage)
    assert findings == []
    assert [e.plain["erased"] for e in entries if e.event == ERASED] == ["addresses"]
    assert [(e.mapping_id, e.erased) for e in entries if e.erased] == [(old.id, ["addresses"])]
    async with storage.unit_of_work() as uow:
        assert await uow.mappings.get(young.id) == young
        erased = await uow.mappings.get(old.id)
    assert (erased.reason, erased.traffic) == (old.reason, Traffic(1))


async def test_a_live_mapping_keeps_everything(storage: Storage, transactions: Transactions) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await uow.record(request())
        await uow.commit()
    await erase(Erasure(before=NOW + DAY), transactions, System.TIMER)
    async with storage.unit_of_work() as uow:
        assert await uow.mappings.get(mapping.id) == mapping


async def test_what_is_too_old_is_removed_by_whole_months_and_the_chain_still_verifies(
    storage: Storage, transactions: Transactions, clock: ManualClock
) -> None:
    async with storage.unit_of_work() as uow:
        january, february = await lived(uow, 0), await lived(uow, 30)
        await lived(uow, 400)
        await uow.commit()
    clock.set(NOW + 401 * DAY)
    upkeep = Upkeep(timedelta(days=1000), timedelta(days=372))
    await upkeep.tidy(transactions)
    await upkeep.tidy(transactions)

    entries, findings = await record(storage)
    assert findings == []
    assert {e.mapping_id for e in entries} == {february.id, february.id + 1, None}
    assert [e.event for e in entries if e.mapping_id is None] == [SEALED]
    async with storage.unit_of_work() as uow:
        assert (await uow.mappings.get(january.id)).reason == ""
        assert not await uow.posts.of(january.id)
        assert (await uow.mappings.get(february.id)).reason
        assert await uow.posts.of(february.id)
        assert (await uow.audit.sealed()).up_to == entries[0].id - 1


async def test_what_is_searched_is_found(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        hers, his = await lived(uow, 0), await lived(uow, 2, BOB)
        await uow.audit.enter(Note(NOW + 3 * DAY, System.TIMER, "a_b:c"))
        for wanted, many in (
            (Wanted(), 13),
            (Wanted(person="UALICE"), 6),
            (Wanted(person=str(BOB)), 6 + 1),  # he approved hers
            (Wanted(person="NOBODY"), 0),
            (Wanted(namespace="payments"), 10),
            (Wanted(event="refused:*"), 2),
            (Wanted(event="a_b*"), 1),
            (Wanted(event="axb*"), 0),
            (Wanted(mapping_id=his.id, event="grant"), 1),
            (Wanted(since=NOW + DAY), 7),
            (Wanted(until=NOW + DAY), 6),
        ):
            assert len(await uow.audit.search(wanted)) == many, wanted
        newest = await uow.audit.search(Wanted(mapping_id=hers.id), limit=2, newest=True)
        assert [entry.event for entry in newest] == ["refused:extend", "cut"]
        after = await uow.audit.search(Wanted(), newest[-1].id, limit=1)
        assert after == [newest[0]]


async def test_a_bulletin_is_written_down_once_and_waits_until_it_is_done(storage: Storage) -> None:
    bulletin = Bulletin(0, "head", "2030-01-07", "C1", {"hash": "abc"})
    async with storage.unit_of_work() as uow:
        assert await uow.bulletins.latest("head") is None
        await uow.bulletins.put(bulletin, NOW)
        await uow.bulletins.put(replace(bulletin, facts={}), NOW)
        await uow.bulletins.put(replace(bulletin, period="2030-01-08"), NOW)
        first, second = await uow.bulletins.waiting(NOW)
        assert (first.facts, second.period) == ({"hash": "abc"}, "2030-01-08")
        await uow.bulletins.postpone(first.id, NOW + DAY, "limited")
        await uow.bulletins.done(second.id, NOW)
        await uow.commit()
    async with storage.unit_of_work() as uow:
        assert not await uow.bulletins.waiting(NOW)
        (again,) = await uow.bulletins.waiting(NOW + DAY)
        assert again == replace(first, attempts=1)
        latest = await uow.bulletins.latest("head")
        assert latest is not None
        assert latest.period == "2030-01-08"


async def test_addresses_beside_an_entry_are_erased_alone(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.audit.enter(Note(NOW, ALICE, "x", detail={"reason": "y", "10.1.2.3": 1}))
        assert await uow.upkeep.erase(Erasure(frozenset({Erasable.ADDRESSES})), 10) == [1]
        (entry,) = await uow.audit.latest(1)
    assert (entry.detail, entry.erased) == ({"reason": "y"}, ["addresses"])
