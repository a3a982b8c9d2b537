from datetime import timedelta

from core.domain.mapping import MappingId
from core.domain.notices import Audience, Topic, card
from core.interfaces import Storage, UnitOfWork
from tests.contract.storage.samples import BOB, NOW, PORT, move, request, say, stored

SOON = timedelta(seconds=1)


async def keys_waiting(uow: UnitOfWork, later: timedelta = timedelta()) -> list[tuple[MappingId, Topic]]:
    return [(entry.mapping_id, entry.topic) for entry in await uow.outbox.waiting(NOW + later)]


async def test_a_notice_waits_with_all_that_was_said(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow, "grant")
        await uow.commit()

    async with storage.unit_of_work() as uow:
        entries = await uow.outbox.waiting(NOW)
    assert [entry.topic for entry in entries] == [Topic.CARD, Topic.GRANTED, Topic.CARD]
    granted = entries[1]
    assert (granted.mapping_id, granted.audience) == (mapping.id, Audience.THREAD)
    assert granted.facts == {"by": str(BOB), "port": PORT, "nothing": None}
    assert (granted.created_at, granted.not_before, granted.attempts) == (NOW, NOW, 0)


async def test_the_same_notice_is_told_once_for_each_mapping(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        first, second = await stored(uow), await stored(uow)
        first = await uow.record(move(first, say("a"), say("b")))
        first = await uow.record(move(first, say("b"), say("c"), say("c")))
        await uow.record(move(second, say("b")))
        assert [e.mapping_id for e in await uow.outbox.waiting(NOW) if e.topic is Topic.GRANTED] == [
            first.id,
            first.id,
            first.id,
            second.id,
        ]


async def test_a_notice_that_was_posted_is_not_told_again(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow)
        mapping = await uow.record(move(mapping, say("a")))
        await uow.outbox.done([entry.id for entry in await uow.outbox.waiting(NOW)], NOW)
        await uow.record(move(mapping, say("a")))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert not await uow.outbox.waiting(NOW)
        assert await uow.outbox.oldest() is None


async def test_entries_come_oldest_first_and_no_more_than_asked_for(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow)
        await uow.record(move(mapping, *(say(str(number)) for number in range(5))))
        ids = [entry.id for entry in await uow.outbox.waiting(NOW)]
        assert ids == sorted(ids)
        assert [entry.id for entry in await uow.outbox.waiting(NOW, limit=2)] == ids[:2]


async def test_an_entry_that_waits_for_its_next_try_holds_back_what_came_later_of_its_mapping(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        held, other = await stored(uow), await stored(uow)
        await uow.record(move(held, say("a"), say("b")))
        await uow.record(move(other, say("a")))
        _, _, a, *_ = await uow.outbox.waiting(NOW)
        await uow.outbox.postpone(a.id, NOW + SOON, "rate limited")
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await keys_waiting(uow) == [
            (held.id, Topic.CARD),
            (other.id, Topic.CARD),
            (other.id, Topic.GRANTED),
        ]
        assert len(await uow.outbox.waiting(NOW + SOON)) == 5
        postponed = next(e for e in await uow.outbox.waiting(NOW + SOON) if e.id == a.id)
        assert (postponed.attempts, postponed.not_before, postponed.created_at) == (1, NOW + SOON, NOW)


async def test_a_dead_letter_holds_nothing_back(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow)
        await uow.record(move(mapping, say("a"), say("b")))
        first, a, b = await uow.outbox.waiting(NOW)
        await uow.outbox.postpone(a.id, NOW + SOON, "channel_not_found")
        await uow.outbox.bury(a.id, "channel_not_found", NOW)
        assert [entry.id for entry in await uow.outbox.waiting(NOW)] == [first.id, b.id]


async def test_what_is_settled_stays_settled(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow)
        (entry,) = await uow.outbox.waiting(NOW)
        await uow.outbox.done([entry.id], NOW)
        await uow.outbox.postpone(entry.id, NOW, "too late")
        await uow.outbox.done([], NOW)
        assert not await uow.outbox.waiting(NOW)


async def test_the_oldest_waiting_entry_tells_how_late_we_are(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        assert await uow.outbox.oldest() is None
        await stored(uow)
        await uow.outbox.postpone((await uow.outbox.waiting(NOW))[0].id, NOW + SOON, "rate limited")
        assert await uow.outbox.oldest() == NOW


async def test_a_card_is_asked_for_once_for_each_version(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await uow.record(request())
        await uow.record(move(mapping, card(mapping.version), card(mapping.version + 1)))
        assert len(await uow.outbox.waiting(NOW)) == 2
