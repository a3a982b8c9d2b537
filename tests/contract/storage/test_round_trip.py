from dataclasses import fields, replace

from hypothesis import HealthCheck, given, settings

from core.domain.mapping import Decision, Mapping
from core.domain.states import Event
from core.interfaces import Storage
from tests.contract.storage import strategies
from tests.contract.storage.samples import ALICE, NOW, asked, request


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.mappings)
async def test_what_is_read_equals_what_was_recorded(storage: Storage, mapping: Mapping) -> None:
    async with storage.unit_of_work() as uow:
        known = await uow.record(request(asked()))
        new = await uow.record(Decision(mapping, Event.REQUEST, ALICE, NOW, None))
        assert new == replace(mapping, id=new.id)
        assert await uow.mappings.get(new.id) == new

        changed = replace(mapping, id=known.id, version=known.version + 1, port=None)
        assert await uow.record(Decision(changed, Event.RETARGET, ALICE, NOW, known.state)) == changed
        assert await uow.mappings.get(known.id) == changed


def test_the_strategy_knows_every_field() -> None:
    drawn = strategies.mappings.wrapped_strategy.kwargs  # type: ignore[attr-defined]  # Hypothesis's own
    assert set(drawn) == {field.name for field in fields(Mapping)}
