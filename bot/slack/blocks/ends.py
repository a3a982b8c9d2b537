"""How a mapping ended: why, by whom, how long it was open, and what went through."""

from bot.slack.blocks.copies import again
from bot.slack.blocks.mrkdwn import actor, code, person, prose
from bot.slack.blocks.phrases import ADDRESSES, count, size, some, target, when
from bot.slack.blocks.scene import Scene
from core.domain.mapping import Cause, Mapping, Traffic
from core.domain.notices import Facts
from core.domain.people import Client, System
from core.domain.ttl import format_ttl


def ended(scene: Scene, facts: Facts) -> list[str]:
    """Report the end of a mapping that was open."""
    mapping = scene.mapping
    alone = " The gateway ended it on time while Pod-Proxier was away." if facts.get("by_gateway") else ""
    whose = "" if _by_requester(mapping) else f" for {person(mapping.requester)}"
    report = f"{target(mapping)}{whose} was {open_for(mapping)}. Went through: {passed(mapping.traffic)}."
    return [f"{closed(mapping, named=not _by_requester(mapping))}.{alone}", report]


def failed(scene: Scene, _: Facts) -> list[str]:
    """Report the end of a mapping that never opened."""
    mapping = scene.mapping
    if failed_to_open(mapping):
        retry = f"{person(mapping.requester)}, ask again when that is mended: {again(mapping, scene.rule)}"
        said = f"It could not be opened: {ending(mapping)}."
        return [said] if isinstance(mapping.requester, Client) else [said, retry]
    return [f"It was never open: {ending(mapping, named=not _by_requester(mapping))}."]


def closed(mapping: Mapping, *, named: bool = True) -> str:
    """Say when and why it was closed: ``Closed today 16:32: its time ran out``, ``Closed today 16:32 by @bob``."""
    at = when(mapping, mapping.ending.at if mapping.ending else None)
    because = ending(mapping, named=named)
    by_hand = because.removeprefix("closed by ")
    return f"Closed {at}: {because}" if by_hand == because else f"Closed {at} by {by_hand}"


def ending(mapping: Mapping, *, named: bool = True) -> str:
    """Say why it ended, as the rest of a sentence.

    Args:
        mapping: one that is closing or over.
        named: mention whoever ended it; else only whether it was the requester.
    """
    end = mapping.ending
    if end is None:
        return "it is over"
    detail = prose(end.detail, 200)
    by_itself = {
        Cause.EXPIRED: "its time ran out",
        Cause.TARGET_GONE: f"the pod {detail or 'is gone'}",
        Cause.OPEN_FAILED: detail or "it did not open in time",
        Cause.LAPSED: "nobody decided in time",
    }
    if end.cause in by_itself:
        return by_itself[end.cause]
    if isinstance(end.by, System):
        return detail or f"{end.cause} by Pod-Proxier"
    if end.cause is Cause.REPLACED:
        return f"{actor(end.by)} led its port to {code(end.detail, 350)}" if named else "its port leads elsewhere now"
    if end.cause is Cause.REVOKED:
        whom = actor(end.by) if named else "an operator"
        return f"revoked by {whom}{f': {detail}' if detail else ''}"
    role = "its requester" if _by_requester(mapping) else "somebody else"
    return f"{end.cause} by {actor(end.by) if named else role}"


def failed_to_open(mapping: Mapping) -> bool:
    """Whether it was given up, rather than ended by somebody or something before it was open."""
    return mapping.ending is not None and mapping.ending.cause is Cause.OPEN_FAILED


def open_for(mapping: Mapping) -> str:
    """Say how long it was open."""
    end = mapping.ending.at if mapping.ending else None
    if mapping.opened_at is None or end is None:
        return "never open"
    return f"open for {format_ttl(end - mapping.opened_at)}"


def passed(traffic: Traffic | None) -> str:
    """Say what went through: connections, bytes each way, from where; lower bounds where it is not complete."""
    if traffic is None or not (traffic.connections or traffic.complete):
        return "not known, for the gateway lost count meanwhile"
    if not traffic.connections:
        return "nothing, for nobody connected"
    seen = f"{count(traffic.connections, 'connection')}, {size(traffic.bytes_in)} to the pod, "
    seen += f"{size(traffic.bytes_out)} back"
    if traffic.callers:
        seen += f", from {some([str(address) for address in traffic.callers], ADDRESSES)}"
    return seen if traffic.complete else f"at least {seen}; the gateway lost count meanwhile, so this is not all"


def _by_requester(mapping: Mapping) -> bool:
    return mapping.ending is not None and mapping.ending.by == mapping.requester
