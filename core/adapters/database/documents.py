"""The small values inside a mapping, as the JSON documents that its row holds; every key is spelled out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import NotRequired, TypedDict

from core.adapters.database.requesters import person, requester, team, user
from core.domain.mapping import Amendment, Baseline, Cause, Ending, Extension, Traffic, Trouble, Vote
from core.domain.people import GroupId, parse_actor
from core.domain.route import Probe
from core.domain.sources import Sources
from core.domain.target import Address


class VoteDocument(TypedDict):
    """A vote; ``void`` where it counts no longer, ``groups`` where there are any."""

    team: str
    user: str
    at: str
    groups: NotRequired[list[str]]
    void: NotRequired[bool]


class ExtensionDocument(TypedDict):
    """An extension that waits; ``by_us`` is in microseconds, and a client's team is ``rest``."""

    by_us: int
    team: str
    user: str
    asked_at: str
    votes: list[VoteDocument]


class AmendmentDocument(TypedDict):
    """What was asked for first; ``ttl_us`` is in microseconds."""

    team: str
    user: str
    at: str
    ttl_us: int
    sources: list[str]
    port: int


class TroubleDocument(TypedDict):
    """What keeps a port from opening."""

    since: str
    probe: str | None


class EndingDocument(TypedDict):
    """How it ended."""

    cause: str
    by: str
    at: str
    detail: str


class TrafficDocument(TypedDict):
    """What went through."""

    connections: int
    bytes_in: int
    bytes_out: int
    callers: list[str]
    complete: bool


class BaselineDocument(TypedDict):
    """Counters at the opening."""

    epoch: str
    connections: int
    bytes_in: int
    bytes_out: int
    callers: dict[str, int]
    refused: dict[str, int]
    partial: bool


def dump_moments(moments: Sequence[datetime]) -> list[str] | None:
    """Write moments; nothing where there are none."""
    return [moment.isoformat() for moment in moments] or None


def load_moments(texts: Sequence[str] | None) -> tuple[datetime, ...]:
    """Read moments."""
    return tuple(datetime.fromisoformat(text) for text in texts or ())


def dump_addresses(addresses: Sequence[Address]) -> list[str]:
    """Write addresses."""
    return [str(address) for address in addresses]


def load_addresses(texts: Sequence[str]) -> tuple[Address, ...]:
    """Read addresses."""
    return tuple(ip_address(text) for text in texts)


def dump_sources(sources: Sources) -> list[str]:
    """Write networks."""
    return [str(network) for network in sources.networks]


def load_sources(texts: Sequence[str]) -> Sources:
    """Read networks."""
    return _sources(tuple(texts))


@lru_cache(maxsize=1024)
def _sources(texts: tuple[str, ...]) -> Sources:
    """Few rules, hence few sources; reading six networks takes half as long as all the rest of a row."""
    return Sources(tuple(ip_network(text) for text in texts))


def dump_votes(votes: Sequence[Vote]) -> list[VoteDocument]:
    """Write votes."""
    return [_dump_vote(vote) for vote in votes]


def _dump_vote(vote: Vote) -> VoteDocument:
    known: VoteDocument = {"team": vote.person.team, "user": vote.person.user, "at": vote.at.isoformat()}
    return {**known, "groups": sorted(vote.groups)} if vote.groups else known


def dump_void_votes(votes: Sequence[Vote]) -> list[VoteDocument]:
    """Write votes that count no longer."""
    return [{**document, "void": True} for document in dump_votes(votes)]


def load_votes(documents: Sequence[VoteDocument], *, void: bool = False) -> tuple[Vote, ...]:
    """Read the votes that count, or those that count no longer."""
    wanted = (d for d in documents if d.get("void", False) is void)
    return tuple(_load_vote(document) for document in wanted)


def _load_vote(document: VoteDocument) -> Vote:
    voter, at = person(document["team"], document["user"]), datetime.fromisoformat(document["at"])
    return Vote(voter, at, frozenset(map(GroupId, document.get("groups", ()))))


def dump_amendment(amendment: Amendment) -> AmendmentDocument:
    """Write what was asked for first."""
    return {
        "team": amendment.by.team,
        "user": amendment.by.user,
        "at": amendment.at.isoformat(),
        "ttl_us": amendment.ttl // timedelta(microseconds=1),
        "sources": dump_sources(amendment.sources),
        "port": amendment.port,
    }


def load_amendment(document: AmendmentDocument) -> Amendment:
    """Read what was asked for first."""
    return Amendment(
        person(document["team"], document["user"]),
        datetime.fromisoformat(document["at"]),
        timedelta(microseconds=document["ttl_us"]),
        load_sources(document["sources"]),
        document["port"],
    )


def dump_extension(extension: Extension) -> ExtensionDocument:
    """Write an extension."""
    return {
        "by_us": extension.by // timedelta(microseconds=1),
        "team": team(extension.asker),
        "user": user(extension.asker),
        "asked_at": extension.asked_at.isoformat(),
        "votes": dump_votes(extension.votes),
    }


def load_extension(document: ExtensionDocument) -> Extension:
    """Read an extension."""
    return Extension(
        timedelta(microseconds=document["by_us"]),
        requester(document["team"], document["user"]),
        datetime.fromisoformat(document["asked_at"]),
        load_votes(document["votes"]),
    )


def dump_trouble(trouble: Trouble) -> TroubleDocument:
    """Write a trouble."""
    return {"since": trouble.since.isoformat(), "probe": None if trouble.probe is None else str(trouble.probe)}


def load_trouble(document: TroubleDocument) -> Trouble:
    """Read a trouble."""
    probe = document["probe"]
    return Trouble(datetime.fromisoformat(document["since"]), None if probe is None else Probe(probe))


def dump_ending(ending: Ending) -> EndingDocument:
    """Write an ending."""
    return {
        "cause": str(ending.cause),
        "by": str(ending.by),
        "at": ending.at.isoformat(),
        "detail": ending.detail,
    }


def load_ending(document: EndingDocument) -> Ending:
    """Read an ending."""
    at = datetime.fromisoformat(document["at"])
    return Ending(Cause(document["cause"]), parse_actor(document["by"]), at, document["detail"])


def dump_traffic(traffic: Traffic) -> TrafficDocument:
    """Write the traffic."""
    return {
        "connections": traffic.connections,
        "bytes_in": traffic.bytes_in,
        "bytes_out": traffic.bytes_out,
        "callers": dump_addresses(traffic.callers),
        "complete": traffic.complete,
    }


def load_traffic(document: TrafficDocument) -> Traffic:
    """Read the traffic."""
    callers = load_addresses(document["callers"])
    counts = document["connections"], document["bytes_in"], document["bytes_out"]
    return Traffic(*counts, callers, document["complete"])


def dump_baseline(baseline: Baseline) -> BaselineDocument:
    """Write the counters."""
    return {
        "epoch": baseline.epoch,
        "connections": baseline.connections,
        "bytes_in": baseline.bytes_in,
        "bytes_out": baseline.bytes_out,
        "callers": _dump_counts(baseline.callers),
        "refused": _dump_counts(baseline.refused),
        "partial": baseline.partial,
    }


def load_baseline(document: BaselineDocument) -> Baseline:
    """Read the counters."""
    return Baseline(
        document["epoch"],
        document["connections"],
        document["bytes_in"],
        document["bytes_out"],
        _load_counts(document["callers"]),
        _load_counts(document["refused"]),
        document["partial"],
    )


def _dump_counts(counts: Mapping[Address, int]) -> dict[str, int]:
    return {str(address): count for address, count in counts.items()}


def _load_counts(document: Mapping[str, int]) -> dict[Address, int]:
    return {ip_address(text): count for text, count in document.items()}
