import pytest

from core.domain.mapping import Mapping, MappingId
from core.domain.people import Client
from core.domain.states import State
from core.interfaces import Filter, Storage
from tests.contract.storage.samples import ALICE, PORT, asked, stored

CI = Client("ci")


@pytest.fixture
async def history(storage: Storage) -> dict[str, MappingId]:
    """Mappings of two requesters, old and new."""
    async with storage.unit_of_work() as uow:
        made = {
            "closed": await stored(uow, "grant", "open", "close", "cut"),
            "withdrawn": await stored(uow, "withdraw", mapping=asked(name="db-0")),
            "open": await stored(uow, "grant", "open", mapping=asked(CI)),
            "waiting": await stored(uow, mapping=asked(CI, "db-0")),
        }
        await uow.commit()
    return {what: mapping.id for what, mapping in made.items()}


async def page(
    storage: Storage, wanted: Filter | None = None, after: MappingId | None = None, limit: int = 50
) -> list[Mapping]:
    async with storage.unit_of_work() as uow:
        return list(await uow.mappings.page(wanted or Filter(), after, limit))


async def test_a_page_begins_with_what_is_newest(storage: Storage, history: dict[str, MappingId]) -> None:
    assert [m.id for m in await page(storage)] == sorted(history.values(), reverse=True)


async def test_the_next_page_goes_on_where_the_last_one_ended(storage: Storage, history: dict[str, MappingId]) -> None:
    first = await page(storage, limit=2)
    rest = await page(storage, after=first[-1].id, limit=3)
    assert [m.id for m in (*first, *rest)] == sorted(history.values(), reverse=True)
    assert await page(storage, after=rest[-1].id) == []
    assert len(await page(storage, after=MappingId(2**70))) == 4


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(states=frozenset({State.OPEN})), ["open"]),
        (Filter(states=frozenset({State.OPEN, State.CLOSED})), ["open", "closed"]),
        (Filter(states=frozenset({State.WITHDRAWN, State.DENIED})), ["withdrawn"]),
        (Filter(live=True), ["waiting", "open"]),
        (Filter(live=False), ["withdrawn", "closed"]),
        (Filter(live=False, states=frozenset({State.OPEN})), []),
        (Filter(namespace="payments"), ["waiting", "open", "withdrawn", "closed"]),
        (Filter(namespace="other"), []),
        (Filter(name="db-0"), ["waiting", "withdrawn"]),
        (Filter(namespace="payments", name="db-0", live=True), ["waiting"]),
        (Filter(requester=ALICE), ["withdrawn", "closed"]),
        (Filter(requester=CI), ["waiting", "open"]),
        (Filter(requester=Client("UALICE")), []),
        (Filter(port=PORT), ["open", "closed"]),
        (Filter(port=PORT, live=True), ["open"]),
        (Filter(port=2**40), []),
    ],
)
async def test_a_filter_leaves_only_what_is_wanted(
    storage: Storage, history: dict[str, MappingId], wanted: Filter, found: list[str]
) -> None:
    assert [m.id for m in await page(storage, wanted)] == [history[what] for what in found]


async def test_what_a_client_asked_for_is_read_back_and_found_as_theirs(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mine = await stored(uow, "grant", mapping=asked(CI))
        await stored(uow, mapping=asked(name="db-0"))
        await uow.commit()
    async with storage.unit_of_work() as uow:
        assert await uow.mappings.get(mine.id) == mine
        assert await uow.mappings.live(CI) == [mine]
        [use] = await uow.mappings.port_uses()
        assert use.user == CI
