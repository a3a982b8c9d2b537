"""A defect of ours that one mapping meets: the others go on as if nothing were."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.domain import living, sighting
from core.domain.mapping import Cause, Mapping
from core.domain.states import State
from core.services import watching
from tests.unit.core.samples import SECOND
from tests.unit.core.services.town import SOON, TTL, Town


def breaks_for(spoiled: Mapping, works: Callable[..., Any]) -> Callable[..., Any]:
    def broken(mapping: Mapping, *arguments: Any, **more: Any) -> Any:
        if mapping.id == spoiled.id:
            raise ZeroDivisionError
        return works(mapping, *arguments, **more)

    return broken


async def test_a_port_that_breaks_keeps_no_other_from_being_opened_and_cut(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town.process():
        spoiled = await town.request()
        with capture_logs() as logs, monkeypatch.context() as meanwhile:
            meanwhile.setattr(living, "opened", breaks_for(spoiled, living.opened))
            await town.approve(spoiled)
            other = await town.open("payments/api-1:5005")
            assert other.state is State.OPEN
            await town.close(other)
            await asyncio.sleep(3)
            assert (await town.now(other)).state is State.CLOSED
            assert (await town.now(spoiled)).state is State.APPROVED
        assert [entry["event"] for entry in logs].count("port.broke") == 1
        assert "duty.broke" not in {entry["event"] for entry in logs}
        await asyncio.sleep(2)
        assert (await town.now(spoiled)).state is State.OPEN


async def test_a_mapping_whose_end_breaks_keeps_no_other_from_its_own(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town.process():
        spoiled, other = await town.open(), await town.open("payments/api-1:5005")
        with capture_logs() as logs, monkeypatch.context() as meanwhile:
            meanwhile.setattr(living, "due", breaks_for(spoiled, living.due))
            await asyncio.sleep(TTL.total_seconds() + 2)
            assert (await town.now(other)).state is State.CLOSED
            assert (await town.now(spoiled)).state is State.OPEN
        assert {entry["event"] for entry in logs} >= {"timers.look_broke"}
        assert "duty.broke" not in {entry["event"] for entry in logs}
        await asyncio.sleep(2)
        assert (await town.now(spoiled)).state is State.CLOSED


async def test_a_pod_whose_sighting_breaks_keeps_no_other_from_being_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town.process():
        spoiled, other = await town.open(), await town.open("payments/api-1:5005")
        with capture_logs() as logs, monkeypatch.context() as meanwhile:
            meanwhile.setattr(watching, "seen", breaks_for(spoiled, sighting.seen))
            town.cluster.delete(spoiled.target.pod)
            town.cluster.delete(other.target.pod)
            await asyncio.sleep(SOON)
            ending = (await town.now(other)).ending
            assert ending is not None
            assert ending.cause is Cause.TARGET_GONE
        assert {entry["event"] for entry in logs} >= {"watching.decide_broke"}
        assert "duty.broke" not in {entry["event"] for entry in logs}


async def test_a_lost_lease_is_no_defect(town: Town) -> None:
    async with town.process() as process:
        mapping = await town.open()
        tenure = process.leadership.tenure
        assert tenure is not None
        with capture_logs() as logs:
            await town.storage.lease.give_back(tenure)
            assert await town.storage.lease.take("another", 2 * SECOND)
            town.cluster.delete(mapping.target.pod)
            await asyncio.sleep(SOON)
        assert process.leadership.tenure is None
        assert not [entry for entry in logs if entry["event"].endswith("broke")]
