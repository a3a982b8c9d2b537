"""What a sighting of a mapping's pod means: it is gone, it has moved, or nothing."""

from dataclasses import replace
from datetime import datetime

from core.domain.mapping import Cause, Decision, Ending, Mapping, step
from core.domain.notices import Audience, Notice, Topic
from core.domain.people import System
from core.domain.pod import Pod
from core.domain.states import Event, State
from core.domain.target import Address


def seen(mapping: Mapping, pod: Pod | None, now: datetime) -> Decision | None:
    """Decide what a sighting of the mapping's pod means: gone, moved, or nothing."""
    expired = mapping.expires_at is not None and mapping.expires_at <= now
    if not mapping.live or mapping.state is State.CLOSING or expired:
        return None  # what has come to its end is the timers'
    why = gone(mapping, pod)
    if why:
        return _target_gone(mapping, why, now)
    address = _new_address(mapping, pod)
    return _moved(mapping, address, now) if address is not None else None


def differs(mapping: Mapping, pod: Pod | None) -> bool:
    """Whether a sighting may be news to a mapping; cheap, and asked for every one."""
    return bool(gone(mapping, pod)) or _new_address(mapping, pod) is not None


def gone(mapping: Mapping, pod: Pod | None) -> str:
    """Say why the pod that a mapping is bound to is not there any more; "" where it is."""
    if pod is None:
        return "was deleted"
    if pod.uid != mapping.endpoint.uid:
        return "was replaced by another one of the same name"
    if pod.deleting:
        return "is being deleted"
    return f"has finished ({pod.phase.lower()})" if pod.finished else ""


def _new_address(mapping: Mapping, pod: Pod | None) -> Address | None:
    address = pod.address if pod else None
    return address if address != mapping.endpoint.address else None


def _moved(mapping: Mapping, address: Address, now: datetime) -> Decision:
    """Follow the pod to its new address; where the old one did not answer a probe, the new one is tried."""
    moved = replace(mapping, endpoint=replace(mapping.endpoint, address=address), trouble=None)
    facts = {"from": str(mapping.endpoint), "to": str(moved.endpoint)}
    told = Notice(Topic.MOVED, Audience.THREAD, f"moved:{mapping.version}", facts)
    waiting = mapping.state is State.REQUESTED
    notices = () if waiting else (told,)
    redraw = mapping.trouble is not None
    return step(moved, Event.RETARGET, System.CLUSTER, now, notices=notices, redraw=redraw, detail=facts)


def _target_gone(mapping: Mapping, why: str, now: datetime) -> Decision:
    ended = replace(mapping, ending=Ending(Cause.TARGET_GONE, System.CLUSTER, now, why))
    waiting = mapping.state is State.REQUESTED
    told = (Notice(Topic.REFUSED, Audience.THREAD, "refused", {"why": why}),) if waiting else ()
    return step(ended, Event.TARGET_GONE, System.CLUSTER, now, notices=told, detail={"why": why})
