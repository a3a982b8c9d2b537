"""What ``/ready`` says of the Services' ports, of a freeze, and of a defect of ours."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.api.checks import Finding
from bot.readiness import Readiness
from core.adapters.memory.storage import MemoryStorage
from core.domain.errors import StorageUnavailable
from core.domain.freezing import Freeze
from core.domain.route import PortRange
from core.domain.service import ServiceRef
from core.services.port_work import Crowd
from core.services.standing import Status
from tests.unit.core.samples import ALICE, NOW

WITHOUT = (ServiceRef("payments", "api"), ServiceRef("payments", "web"))


@dataclass
class Standing:
    status: Status | None


@dataclass
class Ports:
    missing: set[int]
    crowd: Crowd = field(default_factory=lambda: Crowd(PortRange(9000, 9100), 50))


@dataclass
class Engine:
    broken: list[str] = field(default_factory=list)


@dataclass
class Machine:
    standing: Standing | None
    service_ports: Ports | None
    engine: Any = field(default_factory=Engine)


@dataclass
class Tokens:
    path: Path | None = None


@dataclass
class Parts:
    tokens: Tokens = field(default_factory=Tokens)
    database: Any = None


def readiness(machine: Machine) -> Readiness:
    return Readiness(cast("Any", Parts()), cast("Any", machine))


async def said(status: Status | None, *missing: int) -> Finding:
    return await readiness(Machine(Standing(status), Ports(set(missing)))).checks()["services"]()


@dataclass
class Leading:
    leadership: Any = field(default_factory=lambda: SimpleNamespace(tenure=object()))
    broken: list[str] = field(default_factory=list)


@dataclass
class Base:
    storage: MemoryStorage


async def told_of_the_engine(storage: MemoryStorage) -> Finding:
    parts, machine = Parts(), Machine(None, None)
    parts.database, machine.engine = Base(storage), Leading()
    return await Readiness(cast("Any", parts), cast("Any", machine)).checks()["engine"]()


async def test_that_everything_is_frozen_is_said() -> None:
    storage = MemoryStorage()
    assert await told_of_the_engine(storage) == Finding(ok=True, detail="converges")
    async with storage.unit_of_work() as uow:
        await uow.freezes.put(Freeze(ALICE, NOW, "a token leaks"))
        await uow.commit()
    detail = "converges; everything is frozen by slack:T1/UALICE: a token leaks"
    assert await told_of_the_engine(storage) == Finding(ok=True, detail=detail)


async def test_a_database_that_is_away_says_nothing_of_the_engine() -> None:
    storage = MemoryStorage()
    storage.fail_with(StorageUnavailable("away"))
    assert await told_of_the_engine(storage) == Finding(ok=True, detail="converges")


def test_where_services_have_no_ports_nothing_is_said_of_them() -> None:
    assert "services" not in readiness(Machine(None, None)).checks()


async def test_where_everything_is_as_it_should_be_nothing_more_is_said() -> None:
    assert await said(Status()) == Finding(ok=True)
    assert await said(None) == Finding(ok=True, detail="another process gives them their ports")


@pytest.mark.parametrize(
    ("status", "missing", "detail"),
    [
        (Status(without=WITHOUT), (), "the range 9000-9100 is full: 2 without a port, payments/api first"),
        (Status(unread=("payments", "search")), (), "not read yet: payments, search"),
        (Status(), (9007, 9003), "HAProxy has no slot for 2 of the ports, 9003 first"),
    ],
    ids=["full", "not read", "no slots"],
)
async def test_what_some_services_lack_is_named_while_the_others_are_served(
    status: Status, missing: tuple[int, ...], detail: str
) -> None:
    assert await said(status, *missing) == Finding(ok=True, detail=detail)


async def test_what_cannot_be_committed_is_a_trouble() -> None:
    assert await said(Status(trouble="the disk is full")) == Finding(ok=False, detail="the disk is full")


async def test_a_part_that_keeps_breaking_is_no_bot_that_is_well() -> None:
    broken = Machine(None, None, Engine(["Reconciler.run", "Timers.run"]))
    told = await readiness(broken).checks()["engine"]()
    assert told == Finding(ok=False, detail="a defect keeps breaking Reconciler.run, Timers.run; see the log")
