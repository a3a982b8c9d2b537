from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, TextClause, bindparam, case, func, select, update

from core.adapters.database.engine import insert_into
from core.adapters.database.errors import INTEGRITY_ERRORS, is_unique_violation
from core.adapters.database.requesters import team, user
from core.adapters.database.rows import from_row, to_port_use, to_row
from core.adapters.database.statements import Statement
from core.adapters.database.tables import IS_FRUITLESS, IS_HOLDING, IS_LIVE, mappings, one_of, ports
from core.adapters.database.transaction import Transaction
from core.domain.errors import LostRace, NoSuchMapping
from core.domain.mapping import UNSAVED, Mapping, MappingId, Reference, show_id
from core.domain.people import Requester
from core.domain.port_pool import PortUse
from core.domain.states import FRUITLESS, HOLDING, LIVE, State
from core.domain.target import MAX_PORT, PodRef
from core.interfaces import Filter

_HIGHEST_ID: Final = 2**63 - 1
_WANTED: Final = "wanted"
_BY_ID: Final = Statement(select(mappings).where(mappings.c.id == bindparam(_WANTED)))
_BY_PORT: Final = Statement(select(mappings).where(mappings.c.port == bindparam(_WANTED), IS_HOLDING))
_COUNT_LIVE: Final = Statement(
    select(mappings.c.state, func.count().label("many")).where(IS_LIVE).group_by(mappings.c.state)
)
_LIVE_VERSIONS: Final = Statement(select(mappings.c.id, mappings.c.version).where(IS_LIVE))
_DUE: Final = Statement(
    select(mappings).where(mappings.c.due_at <= bindparam(_WANTED)).order_by(mappings.c.due_at, mappings.c.id)
)
_ADD: Final = Statement(mappings.insert().returning(mappings.c.id))
_COMPARE_AND_SET: Final = Statement(
    update(mappings).where(mappings.c.id == bindparam("known_id"), mappings.c.version == bindparam("known_version"))
)
_USES: Final = Statement(
    select(
        ports.c.port,
        ports.c.released_at,
        mappings.c.team,
        mappings.c.requester,
        mappings.c.kind,
        mappings.c.namespace,
        mappings.c.name,
        mappings.c.target_port,
        mappings.c.expires_at,
        case((ports.c.released_at.is_(None), mappings.c.ending)).label("ending"),  # of no interest afterwards
    )
    .join(mappings, mappings.c.id == ports.c.mapping_id)
    .order_by(ports.c.port)
)


@dataclass(frozen=True, slots=True)
class SqlMappings:
    """The mappings, as rows."""

    transaction: Transaction

    async def get(self, mapping_id: MappingId) -> Mapping:
        """Read one."""
        if not 0 < mapping_id <= _HIGHEST_ID:
            raise NoSuchMapping(show_id(mapping_id))
        return await self._one(_BY_ID, mapping_id, show_id(mapping_id))

    async def find(self, reference: Reference) -> Mapping:
        """Read the one that holds a port, or the one of an id."""
        if reference.mapping_id is not None:
            return await self.get(reference.mapping_id)
        if reference.port is None or reference.port > MAX_PORT:
            raise NoSuchMapping(str(reference))
        return await self._one(_BY_PORT, reference.port, str(reference))

    async def live(self, requester: Requester | None = None, pod: PodRef | None = None) -> Sequence[Mapping]:
        """List what something can still happen to, by id."""
        wanted: dict[str, object] = {}
        if requester is not None:
            wanted |= {"team": team(requester), "requester": user(requester)}
        if pod is not None:
            wanted |= {"namespace": pod.namespace, "name": pod.name}
        return [from_row(row) for row in await self.transaction.rows(_live(tuple(wanted)), wanted)]

    async def page(self, wanted: Filter, after: MappingId | None, limit: int) -> Sequence[Mapping]:
        """List some, newest first."""
        states = _states(wanted)
        if not states or (wanted.port is not None and not 0 < wanted.port <= MAX_PORT):
            return []
        values = _wanted_values(wanted)
        query = _page(tuple(values), states, after is not None)
        before = {} if after is None else {"after": min(after, _HIGHEST_ID)}
        return [from_row(row) for row in await self.transaction.rows(query, {**values, **before, "limit": limit})]

    async def count_live(self) -> Dict[State, int]:
        """Count the live ones by state."""
        return {State(row.state): row.many for row in await self.transaction.rows(_COUNT_LIVE)}

    async def live_versions(self) -> Dict[MappingId, int]:
        """Say which are live, and at what version."""
        rows = await self.transaction.rows(_LIVE_VERSIONS)
        return {MappingId(row.id): row.version for row in rows}

    async def due(self, now: datetime) -> Sequence[Mapping]:
        """List those whose ``due_at`` has come, by it."""
        return [from_row(row) for row in await self.transaction.rows(_DUE, {_WANTED: now})]

    async def port_uses(self) -> Sequence[PortUse]:
        """Say, for every port ever used, who used it last; one row a port is kept for this."""
        return [to_port_use(row) for row in await self.transaction.rows(_USES)]

    async def _one(self, query: Statement, wanted: int, name: str) -> Mapping:
        rows = await self.transaction.rows(query, {_WANTED: wanted})
        if not rows:
            raise NoSuchMapping(name)
        return from_row(rows[0])


async def save(transaction: Transaction, mapping: Mapping, before: State | None, at: datetime) -> Mapping:
    """Write a mapping at its new version, and its port's row where it takes or gives back one.

    Raises:
        LostRace: the row has another version by now, or the port went to somebody else.
    """
    try:
        saved = await (_add if mapping.id == UNSAVED else _replace)(transaction, mapping)
    except INTEGRITY_ERRORS as exc:
        if is_unique_violation(exc):
            raise LostRace(f"port {mapping.port} went to somebody else") from exc
        raise
    if mapping.port is not None and not (before in HOLDING and mapping.state in HOLDING):
        await _note_port(transaction, mapping.port, saved.id, None if mapping.state in HOLDING else at)
    return saved


async def _add(transaction: Transaction, mapping: Mapping) -> Mapping:
    return replace(mapping, id=MappingId(await transaction.add(_ADD, to_row(mapping))))


async def _replace(transaction: Transaction, mapping: Mapping) -> Mapping:
    values = {**to_row(mapping), "known_id": mapping.id, "known_version": mapping.version - 1}
    if not await transaction.write(_COMPARE_AND_SET, values):
        raise LostRace(f"{show_id(mapping.id)} was changed by somebody else")
    return mapping


async def _note_port(transaction: Transaction, port: int, mapping_id: MappingId, released: datetime | None) -> None:
    last = {"port": port, "mapping_id": mapping_id, "released_at": released}
    await transaction.write_later(_upsert_port(transaction.backend), last)


@cache
def _live(columns: tuple[str, ...]) -> Statement:
    """List the live ones, by id, whose columns have certain values; those have indexes, of the whole history too."""
    wanted = ((mappings.c[column] + "") == bindparam(column) for column in columns)
    return Statement(select(mappings).where(IS_LIVE, *wanted).order_by(mappings.c.id))


def _states(wanted: Filter) -> frozenset[State]:
    possible = frozenset(State) if wanted.live is None else LIVE if wanted.live else frozenset(State) - LIVE
    return possible & wanted.states if wanted.states else possible


def _wanted_values(wanted: Filter) -> dict[str, object]:
    who = wanted.requester
    columns = {
        "namespace": wanted.namespace,
        "name": wanted.name,
        "team": None if who is None else team(who),
        "requester": None if who is None else user(who),
        "port": wanted.port,
    }
    return {column: value for column, value in columns.items() if value is not None}


@cache
def _page(columns: tuple[str, ...], states: frozenset[State], older: bool) -> Statement:  # noqa: FBT001 - a key of the cache
    """List mappings, newest first, whose columns have certain values."""
    conditions: list[ColumnElement[bool] | TextClause] = [mappings.c[name] == bindparam(name) for name in columns]
    if states != frozenset(State):
        conditions.append(one_of(states))
        conditions += [spelled for of, spelled in ((LIVE, IS_LIVE), (FRUITLESS, IS_FRUITLESS)) if states <= of]
    if older:
        conditions.append(mappings.c.id < bindparam("after"))
    return Statement(select(mappings).where(*conditions).order_by(mappings.c.id.desc()).limit(bindparam("limit")))


@cache
def _upsert_port(backend: str) -> Statement:
    noted = insert_into(ports, backend)
    last = {name: noted.excluded[name] for name in ("mapping_id", "released_at")}
    return Statement(noted.on_conflict_do_update(index_elements=[ports.c.port], set_=last))
