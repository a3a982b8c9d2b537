"""From the domain's mapping to the one that is told."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from bot.api.v2 import models
from core.domain.mapping import Ending, Extension, Mapping, Traffic, Trouble, Vote, show_id
from core.domain.policy import Policy, Rule
from core.domain.route import Probe
from core.domain.sources import Sources
from core.services.queries import Row

_TROUBLES: Final = {
    None: "the gateway does not answer",
    Probe.REFUSED: "the pod refuses connections to this port",
    Probe.SILENT: "the pod does not answer on this port",
}


def shown(row: Row, policy: Policy, host: str) -> models.Mapping:
    """Show a mapping; of one that is hidden, what tells where it leads and for whom is left out."""
    mapping, hidden = row.mapping, row.hidden
    rule = policy.rule_or_nothing(mapping.target.namespace)
    return models.Mapping(
        id=show_id(mapping.id),
        state=mapping.state,
        target=None if hidden else _target(mapping),
        requester=None if hidden else str(mapping.requester),
        host=host,
        port=mapping.port,
        sources=None if hidden else _networks(mapping.sources),
        reason=None if hidden else mapping.reason,
        ttl_seconds=int(mapping.ttl.total_seconds()),
        requested_at=mapping.requested_at,
        pending_until=mapping.pending_until,
        approved_at=mapping.approved_at,
        opened_at=mapping.opened_at,
        expires_at=mapping.expires_at,
        approvals=_approvals(rule.approvals, mapping.votes, hidden=hidden),
        extension=_extension(mapping.extension, rule, hidden=hidden) if mapping.extension else None,
        trouble=_trouble(mapping.trouble) if mapping.trouble else None,
        ending=_ending(mapping.ending, hidden=hidden) if mapping.ending else None,
        traffic=_traffic(mapping.traffic, hidden=hidden) if mapping.traffic else None,
        terms=mapping.terms,
    )


def _target(mapping: Mapping) -> models.Target:
    target = mapping.target
    return models.Target(
        kind=target.kind,
        namespace=target.namespace,
        name=target.name,
        port=mapping.endpoint.port,
        port_name=mapping.port_name,
    )


@lru_cache(maxsize=256)
def _networks(sources: Sources) -> list[str]:
    """Write them one by one; most mappings have those of their rule, and to write them takes as long as all else."""
    return str(sources).split(", ") if sources.networks else []


def _approvals(needed: int, votes: Iterable[Vote], *, hidden: bool) -> models.Approvals:
    return models.Approvals(needed=needed, by=[] if hidden else [str(vote.person) for vote in votes])


def _extension(asked: Extension, rule: Rule, *, hidden: bool) -> models.Extension:
    return models.Extension(
        by_seconds=int(asked.by.total_seconds()),
        asker=None if hidden else str(asked.asker),
        approvals=_approvals(rule.extension_approvals, asked.votes, hidden=hidden),
    )


def _trouble(trouble: Trouble) -> str:
    return _TROUBLES.get(trouble.probe, "it is being tried again")


def _ending(ending: Ending, *, hidden: bool) -> models.Ending:
    by, detail = ("", "") if hidden else (str(ending.by), ending.detail)
    return models.Ending(cause=ending.cause, by=by, at=ending.at, detail=detail)


def _traffic(traffic: Traffic, *, hidden: bool) -> models.Traffic:
    return models.Traffic(
        connections=traffic.connections,
        bytes_in=traffic.bytes_in,
        bytes_out=traffic.bytes_out,
        callers=[] if hidden else [str(caller) for caller in traffic.callers],
        complete=traffic.complete,
    )
