"""What a change of the policy means for what is open already. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from core.domain.freezing import Sweep
from core.domain.mapping import Decision, Mapping, step
from core.domain.notices import Audience, Facts, Notice, Topic
from core.domain.people import Profile, System
from core.domain.policy import Policy
from core.domain.refusals import Refused
from core.domain.request import check_reach
from core.domain.states import Event, State

JUDGED: Final = frozenset({State.APPROVED, State.OPEN})
"""What is held against the policy whenever that changes; a request is, when somebody approves it."""


def forbidden(mapping: Mapping, asker: Profile, policy: Policy) -> str:
    """Say why the policy in force does not permit what is open; "" where it does, or may.

    Args:
        mapping: what is open.
        asker: whoever asked for it, as the directory knows them now; an unknown group is no reason.
        policy: the one in force.
    """
    namespace = mapping.target.namespace
    rule = policy.rule_for(namespace)
    if rule is None:
        return f"no rule covers the namespace {namespace}"
    if not (rule.v1 or rule.requesters.may_include(asker)):
        return f"whoever asked may not ask for targets in {namespace}"
    try:
        check_reach(mapping, rule)
    except Refused as refused:
        return str(refused)
    return ""


def judged(mapping: Mapping, why: str, policy: Policy, now: datetime) -> Decision | None:
    """Revoke what is not permitted any more, where the policy wants that; else tell the operators, once.

    Returns:
        ``None`` where there is nothing new to say.

    Args:
        mapping: what is open, as its row says.
        why: it is not permitted; "" where it is.
        policy: the one in force.
        now: the moment of the decision.
    """
    if why and policy.enforces(mapping.target.namespace):
        return Sweep(System.POLICY, f"the policy does not permit it any more: {why}").revoke(mapping, now)
    if why == mapping.forbidden:
        return None
    changed = replace(mapping, forbidden=why)
    if not why:
        return step(changed, Event.PERMITTED, System.POLICY, now)
    named = " ".join(sorted({*policy.operators.users, *policy.operators.groups}))
    facts: Facts = {"why": why, "operators": named}
    told = Notice(Topic.FORBIDDEN, Audience.THREAD, f"forbidden:{mapping.version}", facts)
    return step(changed, Event.FORBIDDEN, System.POLICY, now, notices=(told,), detail={"why": why})
