"""What REST v2 takes and gives, as JSON; names and examples are what OpenAPI shows."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from core.domain.mapping import Cause
from core.domain.states import State

LONGEST_REASON: Final = 300
MOST_SOURCES: Final = 50

_LABEL: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_PORT: Final = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_PORT_NAME: Final = "[a-z]([-a-z0-9]{0,13}[a-z0-9])?"
_TARGET: Final = rf"^{_LABEL}/{_LABEL}(\.{_LABEL}){{0,2}}(:({_PORT}|{_PORT_NAME}))?$"
_UP_TO_9999: Final = "[1-9][0-9]{0,3}"
_DURATION: Final = f"^({_UP_TO_9999}d)?({_UP_TO_9999}h)?({_UP_TO_9999}m)?({_UP_TO_9999}s)?$"
_SOME_DAY: Final = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
_LATER: Final = datetime(2030, 1, 7, 11, 0, tzinfo=UTC)


def _as(**schema: Any) -> Any:
    """Describe what is read further in, by the domain's own words."""
    return {"json_schema_extra": schema}


DurationText: TypeAlias = Annotated[
    str,
    Field(
        max_length=40,
        description="a duration: 90m, 2h, 1h30m; read as generously as in Slack",
        examples=["2h"],
        **_as(pattern=_DURATION, minLength=2),
    ),
]
SourceText: TypeAlias = Annotated[str, Field(max_length=50, examples=["10.1.2.3"], **_as(format="source"))]
Moment: TypeAlias = Annotated[datetime, Field(examples=[_SOME_DAY])]


class Asked(BaseModel):
    """Takes no key that it does not know."""

    model_config = ConfigDict(extra="forbid")


class CreateMapping(Asked):
    """What is asked for."""

    target: str = Field(
        max_length=400,
        description="NAMESPACE/POD, and behind a colon the port by number or name",
        examples=["payments/api-0:5005"],
        **_as(pattern=_TARGET),
    )
    ttl: DurationText | None = Field(default=None, description="how long; left out: the rule's default_ttl")
    sources: Annotated[list[SourceText], Field(min_length=1, max_length=MOST_SOURCES)] | None = Field(
        default=None,
        description="who may connect: addresses and networks; left out: whom the rule permits",
        examples=[["10.1.2.3", "10.8.0.0/16"]],
    )
    reason: str = Field(
        default="", max_length=LONGEST_REASON, description="why, for whoever decides", examples=["order 4711 hangs"]
    )


class ExtendMapping(Asked):
    """How much more time."""

    by: DurationText


class Decide(Asked):
    """What is agreed to, or not."""

    terms: int | None = Field(
        default=None,
        ge=1,
        le=2**31,
        description="the mapping's terms as they were looked at; others in force by then are refused (409)",
        examples=[1],
    )


class Target(BaseModel):
    """Where it leads."""

    kind: str = Field(examples=["pod"])
    namespace: str = Field(examples=["payments"])
    name: str = Field(examples=["api-0"])
    port: int = Field(examples=[5005])
    port_name: str = Field(description="the name that the port was found under; empty: none", examples=["debug"])


class Approvals(BaseModel):
    """Whose leave it takes."""

    needed: int = Field(description="how many others have to agree, by the policy in force", examples=[1])
    by: list[str] = Field(description="who has agreed so far", examples=[["slack:T024BE7LD/U024BE7LH"]])


class Extension(BaseModel):
    """More time that somebody asked for, and others have to agree to."""

    by_seconds: int = Field(examples=[1800])
    asker: str | None = Field(examples=["slack:T024BE7LD/U024BE7LD"])
    approvals: Approvals


class Ending(BaseModel):
    """How it ended."""

    cause: Cause = Field(examples=["expired"])
    by: str = Field(examples=["system:timer"])
    at: Moment
    detail: str = Field(description="more on the cause", examples=[""])


class Traffic(BaseModel):
    """What went through, once it is over."""

    connections: int = Field(examples=[3])
    bytes_in: int = Field(description="from the callers to the pod", examples=[1204])
    bytes_out: int = Field(description="from the pod to the callers", examples=[48211])
    callers: list[str] = Field(description="addresses that connected", examples=[["10.1.2.3"]])
    complete: bool = Field(description="false: lower bounds, for the gateway restarted meanwhile", examples=[True])


class Mapping(BaseModel):
    """A time-limited right to reach a pod through one port; null is what there is not yet, or what you may not see."""

    id: str = Field(examples=["m42"])
    state: State = Field(examples=["open"])
    target: Target | None
    requester: str | None = Field(description="slack:TEAM/USER, or rest:TOKEN", examples=["rest:ci"])
    host: str = Field(description="connect here", examples=["gw.example.com"])
    port: int | None = Field(description="and to this port", examples=[10004])
    sources: list[str] | None = Field(description="who may connect", examples=[["10.0.0.0/8"]])
    reason: str | None = Field(examples=["order 4711 hangs"])
    ttl_seconds: int = Field(examples=[7200])
    requested_at: Moment
    pending_until: Moment = Field(description="a request that nobody decides lapses then")
    approved_at: Moment | None
    opened_at: Moment | None
    expires_at: Moment | None = Field(examples=[_LATER])
    approvals: Approvals
    extension: Extension | None
    trouble: str | None = Field(
        description="why an approved one is not open yet", examples=["the gateway does not answer"]
    )
    ending: Ending | None
    traffic: Traffic | None
    terms: int = Field(description="raised by whatever changes what one would agree to", examples=[1])


class MappingPage(BaseModel):
    """Mappings, newest first."""

    items: list[Mapping]
    next: str | None = Field(description="where the next page begins, for after; null: there is none", examples=["m41"])


class Service(BaseModel):
    """A Service, and the port that it has here for as long as it is there."""

    namespace: str = Field(examples=["payments"])
    name: str = Field(examples=["ledger"])
    port: int = Field(description="connect to this one", examples=[9004])
    host: str = Field(description="of this host", examples=["gw.example.com"])
    endpoint: str | None = Field(description="where it leads; null: nowhere for now", examples=["10.96.0.7:5005"])
    headless: bool = Field(description="it has no ClusterIP, and leads to one of its pods", examples=[False])
    since: Moment
    leaving: bool = Field(description="it is being shut", examples=[False])


class ServiceList(BaseModel):
    """Standing ports, by port."""

    items: list[Service]


class FreezeAll(Asked):
    """Why everything is frozen."""

    reason: str = Field(default="", max_length=LONGEST_REASON, examples=["a token was leaked"])


class RevokeAll(Asked):
    """Where everything is revoked."""

    namespace: str | None = Field(
        default=None,
        description="left out: everywhere",
        examples=["payments"],
        pattern="^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
    )


class Revoked(BaseModel):
    """What was revoked."""

    revoked: list[str] = Field(description="ids of mappings and requests", examples=[["m42"]])


class Frozen(Revoked):
    """Whether everything is frozen now, and the freeze that is in force or was lifted."""

    frozen: bool = Field(examples=[True])
    by: str | None = Field(examples=["slack:T024BE7LD/U024BE7LH"])
    since: Moment | None
    reason: str = Field(examples=["a token was leaked"])
