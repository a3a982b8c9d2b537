from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import LostRace, NoSuchMapping
from core.domain.mapping import MappingId, Reference
from core.domain.people import Person, TeamId
from core.domain.port_pool import PortUse
from core.domain.states import State
from core.interfaces import Storage
from tests.contract.storage.samples import ALICE, BOB, HOUR, NOW, PORT, asked, close, cut, grant, opened, stored


async def test_a_mapping_is_found_by_its_id_and_by_the_port_it_holds(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow, "grant", "open")
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.mappings.find(Reference(mapping_id=mapping.id)) == mapping
        assert await uow.mappings.find(Reference(port=PORT)) == mapping


@pytest.mark.parametrize(
    "reference",
    [
        Reference(port=PORT),
        Reference(port=10**20),
        Reference(mapping_id=MappingId(4711)),
        Reference(mapping_id=MappingId(0)),
        Reference(mapping_id=MappingId(2**63)),
    ],
    ids=str,
)
async def test_what_is_not_there_is_not_found(storage: Storage, reference: Reference) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow, "grant", "open", "close", "cut")
        with pytest.raises(NoSuchMapping) as raised:
            await uow.mappings.find(reference)
        assert raised.value.reference == str(reference)


async def test_live_lists_what_something_can_still_happen_to_by_id(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        waiting = await stored(uow)
        await stored(uow, "withdraw")
        running = await stored(uow, "grant", "open")
        await stored(uow, "grant", "open", "close", "cut", port=PORT + 1)
        ending = await stored(uow, "grant", "open", "close", port=PORT + 2)
        assert await uow.mappings.live() == [waiting, running, ending]


async def test_live_lists_what_one_person_asked_for_and_what_leads_to_one_pod(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        alices, other = await stored(uow), await stored(uow, mapping=asked(name="api-1"))
        bobs = await stored(uow, mapping=asked(BOB))
        await stored(uow, "withdraw")
        pod, stranger = alices.target.pod, Person(TeamId("T2"), ALICE.user)
        assert await uow.mappings.live(ALICE) == [alices, other]
        assert await uow.mappings.live(ALICE, pod) == [alices]
        assert await uow.mappings.live(pod=pod) == [alices, bobs]
        assert await uow.mappings.live(stranger) == []


async def test_live_mappings_are_counted_by_state(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        assert await uow.mappings.count_live() == {}
        await stored(uow)
        await stored(uow)
        await stored(uow, "withdraw")
        await stored(uow, "grant", "open", "close")
        assert await uow.mappings.count_live() == {State.REQUESTED: 2, State.CLOSING: 1}


async def test_live_mappings_are_told_with_their_versions(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        assert await uow.mappings.live_versions() == {}
        waiting, running = await stored(uow), await stored(uow, "grant", "open")
        await stored(uow, "withdraw")
        assert await uow.mappings.live_versions() == {waiting.id: 1, running.id: 3}


async def test_due_lists_what_has_to_be_looked_at(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        pending = await stored(uow)
        running = await stored(uow, "grant", "open")
        await stored(uow, "withdraw")
        await stored(uow, "grant", "open", "close", port=PORT + 1)
        assert await uow.mappings.due(NOW) == []
        assert await uow.mappings.due(NOW + HOUR / 2) == [running]
        assert await uow.mappings.due(NOW + HOUR) == [running, pending]


async def test_due_keeps_to_the_microsecond(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        pending = await stored(uow)
        assert await uow.mappings.due(pending.pending_until - timedelta(microseconds=1)) == []
        assert await uow.mappings.due(pending.pending_until) == [pending]


async def test_two_mappings_cannot_hold_one_port(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow, "grant")
        second = await stored(uow)
        await uow.commit()

    async with storage.unit_of_work() as uow:
        with pytest.raises(LostRace):
            await uow.record(grant(second))

    async with storage.unit_of_work() as uow:
        granted = await uow.record(grant(second, PORT + 1))
        assert granted.port == PORT + 1


@pytest.mark.parametrize("events", [["grant"], ["grant", "open"], ["grant", "open", "close"]])
async def test_a_port_is_held_until_it_is_cut(storage: Storage, events: list[str]) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow, *events)
        await uow.commit()

    async with storage.unit_of_work() as uow:
        with pytest.raises(LostRace):
            await stored(uow, "grant")


async def test_a_port_that_was_cut_can_be_held_again(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow, "grant", "open", "close", "cut")
        mapping = await stored(uow, "grant")
        assert await uow.mappings.find(Reference(port=PORT)) == mapping


async def test_ports_that_were_never_used_are_not_listed(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await stored(uow)
        assert await uow.mappings.port_uses() == []


async def test_a_held_port_frees_at_the_end_as_things_stand(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow, "grant")
        assert await uow.mappings.port_uses() == [PortUse(PORT, ALICE, "payments/api-0:5005", None, None)]
        mapping = await uow.record(opened(mapping))
        assert await uow.mappings.port_uses() == [PortUse(PORT, ALICE, "payments/api-0:5005", NOW + HOUR, None)]
        mapping = await uow.record(close(mapping, NOW + HOUR / 2))
        assert await uow.mappings.port_uses() == [PortUse(PORT, ALICE, "payments/api-0:5005", NOW + HOUR / 2, None)]
        await uow.record(cut(mapping, NOW + HOUR / 2))
        assert await uow.mappings.port_uses() == [PortUse(PORT, ALICE, "payments/api-0:5005", None, NOW + HOUR / 2)]


async def test_of_a_port_with_a_past_only_the_latest_use_is_listed(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        asked_first = await stored(uow, mapping=asked(BOB, "worker-1"))
        await stored(uow, "grant", "open", "close", "cut")
        await uow.record(grant(asked_first))
        await stored(uow, "grant", port=PORT - 1)
        assert await uow.mappings.port_uses() == [
            PortUse(PORT - 1, ALICE, "payments/api-0:5005", None, None),
            PortUse(PORT, BOB, "payments/worker-1:5005", None, None),
        ]


async def test_a_port_name_stays_a_name_and_a_missing_port_stays_missing(storage: Storage) -> None:
    for port in (5005, "debug", None):
        target = replace(asked().target, port=port)
        async with storage.unit_of_work() as uow:
            saved = await stored(uow, mapping=replace(asked(), target=target))
            assert (await uow.mappings.get(saved.id)).target == target
