"""A mapping as a row, and back: what a row gives equals what was put in."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, TypeVar

from core.adapters.database import documents
from core.adapters.database.requesters import requester, team, user
from core.adapters.database.statements import Row
from core.domain.mapping import Mapping, MappingId, Place, Terms
from core.domain.port_pool import PortUse
from core.domain.states import State
from core.domain.target import Endpoint, Kind, PodUid, PortRef, Target

_REMEMBERED: Final = 4096

T = TypeVar("T")
D = TypeVar("D")


def to_row(mapping: Mapping) -> dict[str, object]:
    """Write every column but the id."""
    return {**_request_columns(mapping), **_life_columns(mapping)}


def _request_columns(mapping: Mapping) -> dict[str, object]:
    target, endpoint = mapping.target, mapping.endpoint
    return {
        "team": team(mapping.requester),
        "requester": user(mapping.requester),
        "kind": str(target.kind),
        "namespace": target.namespace,
        "name": target.name,
        "target_port": target.port,
        "port_name": mapping.port_name,
        "endpoint_address": str(endpoint.address),
        "endpoint_port": endpoint.port,
        "endpoint_uid": endpoint.uid,
        "sources": documents.dump_sources(mapping.sources),
        "reason": mapping.reason,
        "ttl_us": mapping.ttl,
        "channel": mapping.place.channel,
        "direct": mapping.place.direct,
        "approvers_channel": mapping.approvers_channel,
        "requested_at": mapping.requested_at,
        "pending_until": mapping.pending_until,
    }


def _life_columns(mapping: Mapping) -> dict[str, object]:
    return {
        "version": mapping.version,
        "state": str(mapping.state),
        "due_at": mapping.due_at,
        "terms": mapping.terms,
        "votes": documents.dump_votes(mapping.votes) + documents.dump_void_votes(mapping.void_votes),
        "extension": _present(documents.dump_extension, mapping.extension),
        "port": mapping.port,
        "probe": mapping.probe,
        "reminders": documents.dump_moments(mapping.reminders),
        "unreachable": mapping.unreachable,
        "amendment": _present(documents.dump_amendment, mapping.amendment),
        "forbidden": mapping.forbidden or None,
        "approved_at": mapping.approved_at,
        "open_by": mapping.open_by,
        "trouble": _present(documents.dump_trouble, mapping.trouble),
        "opened_at": mapping.opened_at,
        "expires_at": mapping.expires_at,
        "enforced_until": mapping.enforced_until,
        "warn_at": mapping.warn_at,
        "baseline": _present(documents.dump_baseline, mapping.baseline),
        "refusals_told": documents.dump_addresses(mapping.refusals_told),
        "ending": _present(documents.dump_ending, mapping.ending),
        "traffic": _present(documents.dump_traffic, mapping.traffic),
    }


def from_row(row: Row) -> Mapping:
    """Read a row of ``mappings``."""
    return Mapping(
        id=MappingId(row.id),
        version=row.version,
        requester=requester(row.team, row.requester),
        target=_target(row.kind, row.namespace, row.name, row.target_port),
        port_name=row.port_name,
        endpoint=Endpoint(ip_address(row.endpoint_address), row.endpoint_port, PodUid(row.endpoint_uid)),
        sources=documents.load_sources(row.sources),
        reason=row.reason,
        ttl=row.ttl_us,
        place=Place(row.channel, row.direct),
        approvers_channel=row.approvers_channel,
        state=State(row.state),
        terms=Terms(row.terms),
        votes=documents.load_votes(row.votes),
        void_votes=documents.load_votes(row.votes, void=True),
        extension=_present(documents.load_extension, row.extension),
        port=row.port,
        probe=row.probe,
        requested_at=row.requested_at,
        pending_until=row.pending_until,
        reminders=documents.load_moments(row.reminders),
        unreachable=row.unreachable,
        amendment=_present(documents.load_amendment, row.amendment),
        forbidden=row.forbidden or "",
        approved_at=row.approved_at,
        open_by=row.open_by,
        trouble=_present(documents.load_trouble, row.trouble),
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        enforced_until=row.enforced_until,
        warn_at=row.warn_at,
        baseline=_present(documents.load_baseline, row.baseline),
        refusals_told=documents.load_addresses(row.refusals_told),
        ending=_present(documents.load_ending, row.ending),
        traffic=_present(documents.load_traffic, row.traffic),
    )


def to_port_use(row: Row) -> PortUse:
    """Read a row of ``ports`` joined with the mapping that used it last."""
    ending = _present(documents.load_ending, row.ending)
    ends = ending.at if ending else row.expires_at
    frees = None if row.released_at else ends
    target = _target(row.kind, row.namespace, row.name, row.target_port)
    return PortUse(row.port, requester(row.team, row.requester), str(target), frees, row.released_at)


@lru_cache(maxsize=_REMEMBERED)
def _target(kind: str, namespace: str, name: str, port: PortRef) -> Target:
    return Target(Kind(kind), namespace, name, port)


def _present(change: Callable[[T], D], value: T | None) -> D | None:
    return None if value is None else change(value)
