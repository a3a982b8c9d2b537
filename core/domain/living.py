"""What happens to a mapping without anybody deciding: opened, moved, warned, refused callers, expired, cut."""

from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from core.domain.extending import warn_at
from core.domain.mapping import Baseline, Cause, Decision, Ending, Mapping, Traffic, Trouble, step
from core.domain.notices import Audience, Facts, Notice, Topic
from core.domain.people import System
from core.domain.pod import Pod
from core.domain.policy import Rule
from core.domain.route import Probe, Usage
from core.domain.states import Event, State
from core.domain.target import Address
from core.domain.ttl import format_ttl

Counts: TypeAlias = Dict[Address, int]


def end_from(now: datetime, ttl: timedelta) -> datetime:
    """Fix the end of a mapping that opens now: whole seconds, never shorter than what was granted."""
    end = now + ttl
    return end if not end.microsecond else end.replace(microsecond=0) + timedelta(seconds=1)


def opened(mapping: Mapping, until: datetime, usage: Usage, rule: Rule | None, now: datetime) -> Decision:
    """Record that the gateway serves the mapping until exactly then.

    Args:
        mapping: the approved one.
        until: the end that the gateway was given.
        usage: the port's counters at that moment.
        rule: the rule in force; ``None`` where the policy has none for it any more.
        now: the moment the gateway had it.
    """
    running = replace(
        mapping,
        opened_at=now,
        expires_at=until,
        enforced_until=until,
        warn_at=warn_at(until, mapping.ttl, rule),
        open_by=None,
        trouble=None,
        baseline=baseline(usage),
    )
    told = [Notice(Topic.OPENED, Audience.THREAD, "opened", {"port": mapping.port, "until": stamp(until)})]
    if mapping.votes:
        told.append(Notice(Topic.OPENED, Audience.REQUESTER, "opened:dm", {"port": mapping.port}))
    detail = {"port": mapping.port, "until": until.isoformat(), "endpoint": str(mapping.endpoint)}
    return step(running, Event.OPENED, System.GATEWAY, now, notices=tuple(told), detail=detail)


def baseline(usage: Usage) -> Baseline:
    """Keep a port's counters as they are now, to subtract them at the end."""
    return Baseline(
        usage.epoch, usage.connections, usage.bytes_in, usage.bytes_out, dict(usage.callers), dict(usage.refused)
    )


def stamp(moment: datetime) -> int:
    """Write a moment as Unix seconds, as the facts of a notice keep it."""
    return int(moment.timestamp())


def stall(mapping: Mapping, probe: Probe | None, now: datetime) -> Decision | None:
    """Record why an approved mapping is not open yet; ``None`` where that is known already."""
    if mapping.trouble is not None and mapping.trouble.probe is probe:
        return None
    troubled = replace(mapping, trouble=Trouble(now, probe))
    facts: Facts = {"probe": probe.value if probe else None, "endpoint": str(mapping.endpoint)}
    told = (Notice(Topic.STALLED, Audience.THREAD, f"stalled:{mapping.version}", facts),) if probe else ()
    return step(troubled, Event.STALL, System.GATEWAY, now, notices=told, detail=facts)


def enforced(
    mapping: Mapping, until: datetime, now: datetime, *, interrupted: bool = False, restarted_as: str | None = None
) -> Decision | None:
    """Record that the gateway holds the present end; ``None`` where there is nothing new to say.

    Args:
        mapping: the open one.
        until: the end that the gateway holds now.
        now: the moment it confirmed that.
        interrupted: connections were cut before the gateway had it.
        restarted_as: the gateway's new life, where it restarted since the mapping opened.
    """
    if mapping.enforced_until == until and not interrupted:
        return None
    told = []
    if mapping.enforced_until != until:
        facts: Facts = {"until": stamp(until), "by": format_ttl(until - (mapping.enforced_until or until))}
        told.append(Notice(Topic.EXTENDED, Audience.THREAD, f"extended:{stamp(until)}", facts))
    if interrupted:
        told.append(Notice(Topic.INTERRUPTED, Audience.THREAD, f"interrupted:{mapping.version}"))
    known = replace(mapping, enforced_until=until)
    if restarted_as is not None:
        known = replace(known, baseline=Baseline(restarted_as, partial=True))
    detail: Facts = {"until": until.isoformat(), "interrupted": int(interrupted)}
    return step(known, Event.ENFORCED, System.GATEWAY, now, notices=tuple(told), detail=detail)


def seen(mapping: Mapping, pod: Pod | None, now: datetime) -> Decision | None:
    """Decide what a sighting of the mapping's pod means: gone, moved, or nothing."""
    if not mapping.live or mapping.state is State.CLOSING:
        return None
    why = gone(mapping, pod)
    if why:
        return _target_gone(mapping, why, now)
    address = pod.address if pod else None
    if address is None or address == mapping.endpoint.address:
        return None
    old = str(mapping.endpoint)
    moved = replace(mapping, endpoint=replace(mapping.endpoint, address=address))
    facts = {"from": old, "to": str(moved.endpoint)}
    told = Notice(Topic.MOVED, Audience.THREAD, f"moved:{mapping.version}", facts)
    return step(moved, Event.RETARGET, System.CLUSTER, now, notices=(told,), redraw=False, detail=facts)


def gone(mapping: Mapping, pod: Pod | None) -> str:
    """Say why the pod that a mapping is bound to is not there any more; "" where it is."""
    if pod is None:
        return "was deleted"
    if pod.uid != mapping.endpoint.uid:
        return "was replaced by another one of the same name"
    if pod.deleting:
        return "is being deleted"
    return f"has finished ({pod.phase.lower()})" if pod.finished else ""


def _target_gone(mapping: Mapping, why: str, now: datetime) -> Decision:
    ended = replace(mapping, ending=Ending(Cause.TARGET_GONE, System.CLUSTER, now, why))
    waiting = mapping.state is State.REQUESTED
    told = (Notice(Topic.REFUSED, Audience.THREAD, "refused", {"why": why}),) if waiting else ()
    return step(ended, Event.TARGET_GONE, System.CLUSTER, now, notices=told, detail={"why": why})


def due(mapping: Mapping, now: datetime) -> Decision | None:
    """Decide what time alone brings: a lapse, a failure to open, a warning, the end; ``None`` where nothing is due."""
    if mapping.due_at is None or mapping.due_at > now:
        return None
    if mapping.state is State.REQUESTED:
        return _lapse(mapping, now)
    if mapping.state is State.APPROVED:
        return _open_failed(mapping, now)
    if mapping.expires_at is not None and mapping.expires_at <= now:
        ended = replace(mapping, ending=Ending(Cause.EXPIRED, System.TIMER, mapping.expires_at))
        return step(ended, Event.EXPIRE, System.TIMER, now)
    return _warn(mapping, now)


def _lapse(mapping: Mapping, now: datetime) -> Decision:
    ended = replace(mapping, ending=Ending(Cause.LAPSED, System.TIMER, now))
    told = (
        Notice(Topic.LAPSED, Audience.THREAD, "lapsed"),
        Notice(Topic.LAPSED, Audience.REQUESTER, "lapsed:dm"),
    )
    return step(ended, Event.LAPSE, System.TIMER, now, notices=told)


def _open_failed(mapping: Mapping, now: datetime) -> Decision:
    trouble = mapping.trouble.probe if mapping.trouble else None
    why = f"the pod {trouble.value} the connection" if trouble is Probe.REFUSED else "the pod did not answer"
    detail = why if trouble else "the gateway did not answer"
    ended = replace(mapping, ending=Ending(Cause.OPEN_FAILED, System.TIMER, now, detail))
    return step(ended, Event.OPEN_FAILED, System.TIMER, now, detail={"why": detail})


def _warn(mapping: Mapping, now: datetime) -> Decision:
    end = mapping.expires_at or now
    told = Notice(Topic.WARNING, Audience.THREAD, f"warning:{stamp(end)}", {"until": stamp(end)})
    return step(replace(mapping, warn_at=None), Event.WARN, System.TIMER, now, notices=(told,), redraw=False)


def callers_refused(mapping: Mapping, usage: Usage, now: datetime) -> Decision | None:
    """Tell of callers that the gateway refused on an open mapping; ``None`` where all are known."""
    if mapping.state is not State.OPEN:
        return None
    counts = _since(usage.refused, _base(mapping, usage).refused)
    fresh = tuple(sorted((a for a in counts if a not in mapping.refusals_told), key=int))
    if not fresh:
        return None
    known = replace(mapping, refusals_told=(*mapping.refusals_told, *fresh))
    facts = {str(address): counts[address] for address in fresh}
    told = Notice(Topic.CALLERS_REFUSED, Audience.THREAD, f"callers:{mapping.version}", facts)
    return step(known, Event.CALLERS_REFUSED, System.GATEWAY, now, notices=(told,), redraw=False, detail=facts)


@dataclass(frozen=True, slots=True)
class Cut:
    """How the gateway ended a mapping's port.

    Attributes:
        usage: the counters at the end; ``None`` where the gateway could not tell.
        by_gateway: the gateway had ended it by its own deadline before it was told to.
    """

    usage: Usage | None
    by_gateway: bool = False


def cut(mapping: Mapping, how: Cut, now: datetime) -> Decision:
    """Record that nothing is left on the port; the mapping is over."""
    never_opened = mapping.opened_at is None
    over = replace(mapping, traffic=None if never_opened else traffic(mapping, how.usage), extension=None, warn_at=None)
    event = Event.CUT_UNOPENED if never_opened else Event.CUT
    cause = mapping.ending.cause if mapping.ending else Cause.CLOSED
    loud = cause in {Cause.EXPIRED, Cause.TARGET_GONE}
    late = mapping.ending is not None and now - mapping.ending.at > timedelta(seconds=5)
    facts = {"by_gateway": int(how.by_gateway and late), "at": stamp(now)}
    topic = Topic.FAILED if never_opened else Topic.ENDED
    told = Notice(topic, Audience.CHANNEL if loud else Audience.THREAD, "ended", facts)
    return step(over, event, System.GATEWAY, now, notices=(told,), detail=facts)


def traffic(mapping: Mapping, usage: Usage | None) -> Traffic:
    """Subtract what the port had counted when this mapping opened."""
    if usage is None:
        return Traffic(complete=False)
    base = _base(mapping, usage)
    admitted = {a: n for a, n in _since(usage.callers, base.callers).items() if mapping.sources.admits(a)}
    return Traffic(
        connections=usage.connections - base.connections,
        bytes_in=usage.bytes_in - base.bytes_in,
        bytes_out=usage.bytes_out - base.bytes_out,
        callers=tuple(sorted(admitted, key=lambda a: (a.version, int(a)))),
        complete=base is mapping.baseline and not base.partial,
    )


def _base(mapping: Mapping, usage: Usage) -> Baseline:
    """The counters to subtract; zeros where the gateway has begun another life since."""
    known = mapping.baseline
    return known if known is not None and known.epoch == usage.epoch else Baseline(usage.epoch)


def _since(now: Counts, then: Counts) -> dict[Address, int]:
    return {address: count - then.get(address, 0) for address, count in now.items() if count > then.get(address, 0)}
