"""What happens to a mapping without anybody deciding: opened, extended, warned, refused callers, expired, cut."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.counting import Counts, baseline, refused_since, traffic
from core.domain.extending import warn_at
from core.domain.mapping import Baseline, Cause, Decision, Ending, Mapping, Trouble, step
from core.domain.notices import Audience, Facts, Notice, Topic
from core.domain.people import System
from core.domain.policy import Rule
from core.domain.route import Probe, Usage
from core.domain.states import Event, State
from core.domain.ttl import format_ttl

MISSED: Final = timedelta(seconds=2)
"""An end that nobody saw for this long was the gateway's alone: it cuts within a fraction of a second."""
MOST_REFUSED: Final = 20
"""Refused callers of one mapping that are told one by one; a scan must not flood the thread."""
_END: Final = "ended"
"""Key of the notice that tells the end: whoever comes first tells it."""
_PORT_GONE: Final = (Cause.CLOSED, System.GATEWAY)


def end_from(now: datetime, ttl: timedelta, rule: Rule | None) -> datetime:
    """Fix the end of a mapping that opens now, in whole seconds.

    It is never sooner than was granted, but for the longest life, which counts to the last second.
    """
    granted = now + ttl
    end = granted if not granted.microsecond else granted.replace(microsecond=0) + timedelta(seconds=1)
    return min(end, (now + rule.max_lifetime).replace(microsecond=0)) if rule else end


def opened(mapping: Mapping, until: datetime, usage: Usage, rule: Rule | None, now: datetime) -> Decision:
    """Record that the gateway serves the mapping until exactly then.

    Args:
        mapping: the approved one.
        until: the end that the gateway was given.
        usage: the port's counters before it.
        rule: the rule in force; ``None`` where the policy has none for it any more.
        now: the moment from which ``until`` was counted, just before the gateway had it.
    """
    running = replace(
        mapping,
        opened_at=now,
        expires_at=until,
        enforced_until=until,
        warn_at=warn_at(until, until - now, rule),
        open_by=None,
        trouble=None,
        baseline=baseline(usage),
    )
    told = [Notice(Topic.OPENED, Audience.THREAD, "opened", {"port": mapping.port, "until": stamp(until)})]
    if mapping.votes:
        told.append(Notice(Topic.OPENED, Audience.REQUESTER, "opened:dm", {"port": mapping.port}))
    detail = {"port": mapping.port, "until": until.isoformat(), "endpoint": str(mapping.endpoint)}
    return step(running, Event.OPENED, System.GATEWAY, now, notices=tuple(told), detail=detail)


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


def unserved(mapping: Mapping, now: datetime) -> Decision:
    """End a mapping whose port the gateway has no slot for: its range has been changed meanwhile."""
    why = f"the gateway does not serve port {mapping.port} any more"
    ended = replace(mapping, ending=Ending(Cause.CLOSED, System.GATEWAY, now, why))
    return step(ended, Event.CLOSE, System.GATEWAY, now, detail={"why": why})


def due(mapping: Mapping, now: datetime, *, away: bool = False) -> Decision | None:
    """Decide what time alone brings: a reminder, a lapse, a failure to open, a warning, the end; ``None`` for nothing.

    Args:
        mapping: as its row says.
        now: the moment of the decision.
        away: nobody has looked for a while; an end that was missed meanwhile was brought by the gateway.
    """
    if mapping.due_at is None or mapping.due_at > now:
        return None
    if mapping.state is State.REQUESTED:
        return _lapse(mapping, now) if mapping.pending_until <= now else _remind(mapping, now)
    if mapping.state is State.APPROVED:
        return open_failed(mapping, now)
    if mapping.expires_at is not None and mapping.expires_at <= now:
        missed = away and now - mapping.expires_at >= MISSED
        by = System.GATEWAY if missed else System.TIMER
        return step(replace(mapping, ending=Ending(Cause.EXPIRED, by, mapping.expires_at)), Event.EXPIRE, by, now)
    return _warn(mapping, now)


def _remind(mapping: Mapping, now: datetime) -> Decision:
    """Remind the approvers; of what was missed meanwhile, once."""
    *_, latest = (moment for moment in mapping.reminders if moment <= now)
    to_come = tuple(moment for moment in mapping.reminders if moment > now)
    told = Notice(Topic.REMINDER, Audience.APPROVERS, f"reminder:{stamp(latest)}")
    return step(replace(mapping, reminders=to_come), Event.REMIND, System.TIMER, now, notices=(told,), redraw=False)


def _lapse(mapping: Mapping, now: datetime) -> Decision:
    ended = replace(mapping, ending=Ending(Cause.LAPSED, System.TIMER, now))
    told = (
        Notice(Topic.LAPSED, Audience.THREAD, "lapsed"),
        Notice(Topic.LAPSED, Audience.REQUESTER, "lapsed:dm"),
    )
    return step(ended, Event.LAPSE, System.TIMER, now, notices=told)


def open_failed(mapping: Mapping, now: datetime) -> Decision:
    """Give up; told at once, for the gateway may not be back for long to confirm that nothing is left on the port."""
    why = _what_kept_it(mapping.trouble)
    ended = replace(mapping, ending=Ending(Cause.OPEN_FAILED, System.TIMER, now, why))
    told = Notice(Topic.FAILED, Audience.THREAD, _END, {"by_gateway": 0, "at": stamp(now)})
    return step(ended, Event.OPEN_FAILED, System.TIMER, now, notices=(told,), detail={"why": why})


def _what_kept_it(trouble: Trouble | None) -> str:
    if trouble is None:
        return "nobody was there to open it in time"
    if trouble.probe is None:
        return "the gateway could not open the port"
    return "the pod refused the connection" if trouble.probe is Probe.REFUSED else "the pod did not answer"


def _warn(mapping: Mapping, now: datetime) -> Decision:
    end = mapping.expires_at or now
    told = Notice(Topic.WARNING, Audience.THREAD, f"warning:{stamp(end)}", {"until": stamp(end)})
    return step(replace(mapping, warn_at=None), Event.WARN, System.TIMER, now, notices=(told,), redraw=False)


def callers_refused(mapping: Mapping, epoch: str, refused: Counts, now: datetime) -> Decision | None:
    """Tell of callers that the gateway refused on an open mapping; ``None`` where all are known.

    Args:
        mapping: the open one.
        epoch: the life of the gateway's process that counted.
        refused: the port's refused connections by caller, as it counted them.
        now: the moment of the decision.
    """
    if mapping.state is not State.OPEN:
        return None
    counts = refused_since(mapping, epoch, refused)
    unknown = sorted((a for a in counts if a not in mapping.refusals_told), key=lambda a: (a.version, int(a)))
    fresh = tuple(unknown[: MOST_REFUSED - len(mapping.refusals_told)])
    if not fresh:
        return None
    known = replace(mapping, refusals_told=(*mapping.refusals_told, *fresh))
    facts = {str(address): counts[address] for address in fresh}
    told = Notice(Topic.CALLERS_REFUSED, Audience.THREAD, f"callers:{mapping.version}", facts)
    return step(known, Event.CALLERS_REFUSED, System.GATEWAY, now, notices=(told,), redraw=False, detail=facts)


def cut(mapping: Mapping, usage: Usage | None, now: datetime) -> Decision:
    """Record that nothing is left on the port; the mapping is over.

    Args:
        mapping: the closing one.
        usage: the port's counters at the end; ``None`` where the gateway has no such port any more.
        now: the moment the gateway confirmed it.
    """
    never_opened = mapping.opened_at is None
    over = replace(mapping, traffic=None if never_opened else traffic(mapping, usage), extension=None, warn_at=None)
    event = Event.CUT_UNOPENED if never_opened else Event.CUT
    facts = {"by_gateway": int(ended_by_gateway(mapping)), "at": stamp(now)}
    topic = Topic.FAILED if never_opened else Topic.ENDED
    told = Notice(topic, Audience.CHANNEL if _concerns_all(mapping) else Audience.THREAD, _END, facts)
    return step(over, event, System.GATEWAY, now, notices=(told,), detail=facts)


def ended_by_gateway(mapping: Mapping) -> bool:
    """Whether the gateway brought the end at its second, while nobody else was there to do it."""
    ending = mapping.ending
    return ending is not None and (ending.cause, ending.by) == (Cause.EXPIRED, System.GATEWAY)


def _concerns_all(mapping: Mapping) -> bool:
    """Whether the end is told in the channel too: time ran out, the target or the port went, or it was revoked."""
    ending = mapping.ending
    return ending is not None and (
        ending.cause in {Cause.EXPIRED, Cause.TARGET_GONE, Cause.REVOKED} or (ending.cause, ending.by) == _PORT_GONE
    )
