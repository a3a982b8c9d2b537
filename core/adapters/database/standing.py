from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Final

from sqlalchemy import bindparam, delete, select

from core.adapters.database import audit
from core.adapters.database.engine import insert_into
from core.adapters.database.errors import INTEGRITY_ERRORS, is_unique_violation
from core.adapters.database.statements import Row, Statement
from core.adapters.database.tables import standing_ports
from core.adapters.database.transaction import Transaction
from core.domain.errors import LostRace
from core.domain.record import note_of_change
from core.domain.service import ServiceRef, ServiceUid
from core.domain.standing import Change, StandingPort, applied
from core.domain.target import Endpoint, PodUid

_ALL: Final = Statement(select(standing_ports).order_by(standing_ports.c.port))
_BETWEEN: Final = Statement(
    select(standing_ports).where(standing_ports.c.port.between(bindparam("lowest"), bindparam("highest")))
)
_REMOVE: Final = Statement(delete(standing_ports).where(standing_ports.c.port == bindparam("given_back")))


@dataclass(frozen=True, slots=True)
class SqlStandingPorts:
    """The ports that Services have, as rows."""

    transaction: Transaction

    async def all(self) -> Sequence[StandingPort]:
        """List them, by port."""
        return [_from_row(row) for row in await self.transaction.rows(_ALL)]

    async def record(self, changes: Sequence[Change]) -> None:
        """Write changes, each with its entry of the audit."""
        if not changes:
            return
        after = applied(changes, await self._there(changes))
        gone = [{"given_back": port} for port, row in after.items() if row is None]
        kept = sorted((row for row in after.values() if row), key=lambda row: not row.leaving)  # one port per Service
        try:
            if gone:
                await self.transaction.write(_REMOVE, gone)
            if kept:
                await self.transaction.write(_put(self.transaction.backend), [_to_row(row) for row in kept])
        except INTEGRITY_ERRORS as exc:
            if is_unique_violation(exc):
                raise LostRace("a Service has another port by now") from exc
            raise
        await audit.enter(self.transaction, [note_of_change(change) for change in changes])

    async def _there(self, changes: Sequence[Change]) -> dict[int, StandingPort]:
        """Read no more rows than the changes lie between."""
        ports = [change.row.port for change in changes]
        found = await self.transaction.rows(_BETWEEN, {"lowest": min(ports), "highest": max(ports)})
        return {row.port: _from_row(row) for row in found}


def _to_row(row: StandingPort) -> dict[str, object]:
    endpoint = row.endpoint
    return {
        "port": row.port,
        "namespace": row.service.namespace,
        "name": row.service.name,
        "uid": row.uid,
        "headless": row.headless,
        "address": None if endpoint is None else str(endpoint.address),
        "target_port": None if endpoint is None else endpoint.port,
        "endpoint_uid": None if endpoint is None else endpoint.uid,
        "leaving": row.leaving,
        "since": row.since,
    }


def _from_row(row: Row) -> StandingPort:
    address = row.address
    endpoint = None if address is None else Endpoint(ip_address(address), row.target_port, PodUid(row.endpoint_uid))
    service = ServiceRef(row.namespace, row.name)
    return StandingPort(row.port, service, ServiceUid(row.uid), endpoint, row.since, row.headless, row.leaving)


@cache
def _put(backend: str) -> Statement:
    put = insert_into(standing_ports, backend)
    others = {column.name: put.excluded[column.name] for column in standing_ports.c if not column.primary_key}
    return Statement(put.on_conflict_do_update(index_elements=[standing_ports.c.port], set_=others))
