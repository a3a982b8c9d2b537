import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from core.domain.freezing import Freeze, Frozen
from core.domain.mapping import Cause, WrongState
from core.domain.people import Client
from core.domain.policy import Policy, Principals
from core.domain.record import Origin
from core.domain.refusals import NotYours
from core.domain.route import PortRange
from core.domain.states import State
from core.domain.target import Kind, Target
from core.interfaces import UnitOfWork
from core.services import freezing
from core.services.access import Terrain, Who
from core.services.brakes import Brakes
from core.services.direct import Direct
from core.services.standstill import Standstill
from core.services.transactions import Ledger
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, POLICY, PORTS, RULE, SRE
from tests.unit.core.services.town import REST, SOON, TTL, Town

OPERATOR = Who(CAROL)


@pytest.fixture
def brakes(town: Town) -> Brakes:
    return Brakes(town.transactions, town.directory, lambda: town.policy)


async def test_a_freeze_cuts_everything_within_a_second_and_says_so(town: Town, brakes: Brakes) -> None:
    async with town.process():
        mapping, waiting = await town.open(), await town.request("payments/api-1:5005", who=BOB)
        connection = town.connect(mapping)
        stopped = await brakes.freeze("we leak", OPERATOR)
        await asyncio.sleep(1)
        assert not connection.alive
        over, refused = await town.now(mapping), await town.now(waiting)
    assert ([m.id for m in stopped.revoked], stopped.known) == ([mapping.id, waiting.id], False)
    assert (over.state, refused.state) == (State.CLOSED, State.REFUSED)
    for ended in (over, refused):
        assert ended.ending is not None
        assert (ended.ending.cause, ended.ending.by, ended.ending.detail) == (Cause.REVOKED, CAROL, "we leak")
    assert (await town.told(over))[-2:] == ["revoked:requester", "ended:channel"]
    assert (await town.told(refused))[-2:] == ["revoked:thread", "revoked:requester"]
    assert "freeze" in await town.record()


async def test_nothing_is_asked_for_granted_or_extended_while_it_is_frozen(town: Town, brakes: Brakes) -> None:
    waiting = await town.request()
    async with town.process():
        opened = await town.open("payments/api-1:5005")
        await _frozen_alone(town)  # as it is for a moment between two batches
        for attempt in (town.request("payments/db-0:5432"), town.approve(waiting), town.extend(opened)):
            with pytest.raises(Frozen, match="everything is frozen by slack:T1/UCAROL: order 4711"):
                await attempt
        assert await town.queries.freeze() is not None
        await brakes.thaw(OPERATOR)
        assert await town.queries.freeze() is None
        assert (await town.request("payments/db-0:5432")).state is State.REQUESTED


async def _frozen_alone(town: Town) -> None:
    async def put(ledger: Ledger) -> None:
        await ledger.uow.freezes.put(Freeze(CAROL, town.clock.now(), "order 4711"))

    await town.transactions.commit(put)


async def test_the_previous_service_s_api_opens_nothing_while_it_is_frozen(town: Town) -> None:
    town.policy = Policy((replace(RULE, v1=True),), POLICY.operators)
    town.gateway = type(town.gateway)(PORTS, town.clock, PortRange(8_849, 8_849))
    direct = Direct(town.transactions, town.cluster, lambda: town.policy, Terrain(town.ports, REST, entry=8_849))
    await _frozen_alone(town)
    target = Target(Kind.POD, "payments", "api-0", 5005)
    for own_port in (False, True):
        with pytest.raises(Frozen):
            await direct.open(target, TTL, Who(Client("loopback")), own_port=own_port)


async def test_what_a_process_that_died_had_begun_is_finished(town: Town) -> None:
    first, second = await town.request(), await town.request("payments/api-1:5005")
    await _frozen_alone(town)
    async with town.process("one", Standstill().run):
        await asyncio.sleep(SOON)
    assert {(await town.now(m)).state for m in (first, second)} == {State.REFUSED}


async def test_much_is_revoked_in_batches(town: Town, brakes: Brakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "BATCH", 2)
    names = ("payments/api-0:5005", "payments/api-1:5005", "payments/db-0:5432")
    asked = [await town.request(name, who=who) for name in names for who in (ALICE, BOB)]
    assert [m.id for m in await brakes.revoke_all(None, OPERATOR)] == [m.id for m in asked]
    assert list(await brakes.revoke_all(None, OPERATOR)) == []


async def test_a_namespace_can_be_revoked_alone_and_goes_on_afterwards(town: Town, brakes: Brakes) -> None:
    waiting = await town.request()
    assert list(await brakes.revoke_all("databases", OPERATOR)) == []
    [revoked] = await brakes.revoke_all("payments", OPERATOR)
    assert (revoked.id, revoked.state) == (waiting.id, State.REFUSED)
    assert (await town.request()).state is State.REQUESTED


async def test_freezing_what_is_frozen_and_thawing_what_is_not_changes_nothing(town: Town, brakes: Brakes) -> None:
    assert await brakes.thaw(OPERATOR) is None
    first = (await brakes.freeze("we leak", OPERATOR)).freeze
    again = await brakes.freeze("more", Who(Client("ci"), operator=True))
    assert (again.freeze, again.known) == (first, True)
    assert await brakes.thaw(OPERATOR) == first
    assert await town.record() == ["freeze", "thaw"]


async def test_the_record_says_by_which_door_the_brakes_were_pulled(town: Town, brakes: Brakes) -> None:
    over_rest = Brakes(town.transactions.by(Origin.REST), town.directory, lambda: town.policy)
    await over_rest.freeze("we leak", OPERATOR)
    await brakes.thaw(OPERATOR)
    entries = await town.transactions.read(lambda uow: uow.audit.latest(2))
    assert [(entry.event, entry.origin) for entry in entries] == [("thaw", "slack"), ("freeze", "rest")]


@pytest.mark.parametrize("who", [ALICE, Client("ci")])
async def test_only_operators_stop_things_and_let_them_go_on(town: Town, brakes: Brakes, who: Any) -> None:
    for attempt in (brakes.freeze("", Who(who)), brakes.thaw(Who(who)), brakes.revoke_all(None, Who(who))):
        with pytest.raises(NotYours):
            await attempt
    assert await town.record() == ["refused:freeze", "refused:thaw", "refused:revoke_all"]


async def test_whoever_may_be_an_operator_may_stop_everything_but_not_let_it_go_on(town: Town, brakes: Brakes) -> None:
    town.policy = replace(POLICY, operators=Principals(groups=frozenset({SRE})))
    town.directory.unreadable.add(SRE)
    assert not (await brakes.freeze("", Who(DAVE))).known
    with pytest.raises(NotYours):
        await brakes.thaw(Who(DAVE))


@pytest.mark.parametrize("first", ["approve", "freeze"])
async def test_an_approval_and_a_freeze_at_once_leave_nothing_open(town: Town, brakes: Brakes, first: str) -> None:
    """Whichever transaction comes first holds the database until the other one waits for it."""
    waiting = await town.request()
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def hold(uow: UnitOfWork) -> None:
        del uow
        inside.set()
        await go_on.wait()

    async with town.process():
        asked: dict[str, Awaitable[object]] = {
            "approve": town.approve(waiting),
            "freeze": brakes.freeze("", OPERATOR),
        }
        _hold_the_next(town, hold)
        tasks = [asyncio.ensure_future(asked.pop(first))]
        await inside.wait()
        tasks += [asyncio.ensure_future(other) for other in asked.values()]
        await asyncio.sleep(SOON)
        go_on.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(1)
        now = await town.now(waiting)
        assert (await town.gateway.observe()).slots[10_000].shut
    assert now.state is (State.FAILED if first == "approve" else State.REFUSED)
    assert isinstance(answers[1], Frozen | WrongState) is (first == "freeze")


def _hold_the_next(town: Town, hold: Any) -> None:
    """Have the next transaction that writes wait just before it commits."""
    commit = town.transactions._once

    async def once(work: Any, delivery: str | None) -> Any:
        town.transactions._once = commit  # type: ignore[method-assign]  # it is put back

        async def slowly(ledger: Ledger) -> Any:
            result = await work(ledger)
            await hold(ledger.uow)
            return result

        return await commit(slowly, delivery)

    town.transactions._once = once  # type: ignore[method-assign]  # the moment that a race needs
