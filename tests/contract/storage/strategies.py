"""Every mapping that can be made."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from core.domain.mapping import (
    Amendment,
    Baseline,
    Cause,
    Ending,
    Extension,
    Mapping,
    MappingId,
    Place,
    Terms,
    Traffic,
    Trouble,
    Vote,
)
from core.domain.people import Client, GroupId, Person, System, TeamId, UserId
from core.domain.route import Probe
from core.domain.sources import Sources
from core.domain.states import State
from core.domain.target import Endpoint, Kind, PodUid, Target

T = TypeVar("T")


def every(kind: Callable[..., T], *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Build a value from all of its fields: those with a default are stored too."""
    assert len(parts) == len(fields(kind)), kind  # type: ignore[arg-type]  # each is a dataclass
    return st.builds(kind, *parts)


# Neither NUL nor half a surrogate pair: PostgreSQL stores no NUL, and no database half a character.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ids = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=12)
moments = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
lengths = st.timedeltas(timedelta(), timedelta(days=3650))
counts = st.integers(0, 2**63 - 1)
ports = st.integers(1, 65_535)
addresses = st.ip_addresses()
people = every(Person, ids.map(TeamId), ids.map(UserId))
requesters = people | every(Client, texts.filter(bool))
votes = st.lists(every(Vote, people, moments, st.frozensets(ids.map(GroupId), max_size=2)), max_size=3).map(tuple)
networks = st.ip_addresses().map(lambda address: Sources.parse(str(address)).networks[0])
counted = st.dictionaries(addresses, counts, max_size=3)


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


mappings = st.builds(
    Mapping,
    id=st.just(MappingId(0)),
    version=st.integers(1, 2**31 - 1),
    requester=requesters,
    target=every(Target, st.sampled_from(Kind), ids, ids, st.none() | ports | st.just("debug")),
    port_name=texts,
    endpoint=every(Endpoint, addresses, ports, texts.map(PodUid)),
    sources=st.lists(networks, max_size=3).map(lambda found: Sources(tuple(found))),
    reason=texts,
    ttl=lengths,
    place=every(Place, ids, st.booleans()),
    approvers_channel=maybe(ids),
    state=st.sampled_from(State),
    terms=st.integers(1, 1000).map(Terms),
    votes=votes,
    void_votes=votes,
    forbidden=texts,
    extension=maybe(every(Extension, lengths, requesters, moments, votes)),
    port=maybe(ports),
    probe=st.booleans(),
    unreachable=maybe(texts),
    amendment=maybe(
        every(
            Amendment, people, moments, lengths, st.lists(networks, max_size=3).map(lambda n: Sources(tuple(n))), ports
        )
    ),
    requested_at=moments,
    pending_until=moments,
    reminders=st.lists(moments, max_size=2).map(tuple),
    approved_at=maybe(moments),
    open_by=maybe(moments),
    trouble=maybe(every(Trouble, moments, st.none() | st.sampled_from(Probe))),
    opened_at=maybe(moments),
    expires_at=maybe(moments),
    enforced_until=maybe(moments),
    warn_at=maybe(moments),
    baseline=maybe(every(Baseline, texts, counts, counts, counts, counted, counted, st.booleans())),
    refusals_told=st.lists(addresses, max_size=3).map(tuple),
    ending=maybe(every(Ending, st.sampled_from(Cause), requesters | st.sampled_from(System), moments, texts)),
    traffic=maybe(every(Traffic, counts, counts, counts, st.lists(addresses, max_size=3).map(tuple), st.booleans())),
)
