"""Opening a pod without asking anybody, as the previous service's API does where a rule says so. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.deciding import give_port
from core.domain.errors import BadTtl, OutsideError
from core.domain.mapping import Cause, Decision, Ending, Mapping, Place, show_id, step
from core.domain.notices import Audience, Notice, Topic
from core.domain.people import Person, Requester
from core.domain.pod import Pod
from core.domain.policy import Policy, Rule
from core.domain.refusals import DirectNotAllowed
from core.domain.request import Ask, request
from core.domain.states import Event, State
from core.domain.target import Target, same_port_name


class OpenFailed(OutsideError):
    """The port was not opened, and nothing is left of the attempt; says why."""

    def __init__(self, mapping: Mapping, why: str) -> None:
        super().__init__(f"{mapping.target} could not be opened: {why}")
        self.mapping, self.why = mapping, why


class PodSilent(OpenFailed):
    """The gateway tried the pod, and it did not answer."""

    def __init__(self, mapping: Mapping) -> None:
        super().__init__(mapping, f"the pod does not answer on {mapping.endpoint}")


class OpenTimedOut(OpenFailed):
    """The gateway did not open the port in time."""

    def __init__(self, mapping: Mapping, within: timedelta) -> None:
        super().__init__(mapping, f"the gateway did not open its port within {within.total_seconds():g} s")


class EntryBusy(OutsideError):
    """The entry port could not be had in time: it is not free yet of whoever had it."""

    def __init__(self, port: int, holder: Mapping | None) -> None:
        whom = f"{show_id(holder.id)}, which is {holder.state}" if holder else "others who asked before"
        super().__init__(f"port {port} is not free yet of {whom}")
        self.port, self.holder = port, holder


def admit_directly(policy: Policy, namespace: str) -> Rule:
    """Find the rule for a namespace, and check that it lets targets there be opened without asking.

    Raises:
        DirectNotAllowed: no rule, or one that does not.
    """
    rule = policy.rule_for(namespace)
    if rule is None or not rule.v1:
        raise DirectNotAllowed(namespace)
    return rule


def cut_to_longest(ttl: timedelta, rule: Rule) -> tuple[timedelta, timedelta | None]:
    """Cut a time to what the rule gives; returns it, and once more where it was cut.

    Raises:
        BadTtl: zero, or negative.
    """
    if ttl <= timedelta():
        raise BadTtl(f"{ttl.total_seconds():g}", f"{ttl.total_seconds():g} s is no time at all", example="60")
    longest = min(rule.max_ttl, rule.max_lifetime)
    return (ttl, None) if ttl <= longest else (longest, longest)


def with_port(target: Target, pod: Pod, name: str, number: int) -> Target:
    """Settle the port: the one given, else the pod's of this name, else this number."""
    if target.port is not None:
        return target
    named = (port.number for port in pod.ports if port.name == same_port_name(name))
    return target.at(next(named, number))


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be opened, for whom, and by which rule."""

    ask: Ask
    pod: Pod
    place: Place
    requester: Requester
    rule: Rule

    def requested(self, now: datetime) -> Decision:
        """Make the request, which waits for nobody.

        Raises:
            Refused: the rule, or the state of the pod, does not allow it.
        """
        decision = request(self.ask, self.pod, self.place, self.requester, self.rule, (), now)
        channel = self.rule.approvers_channel if self.rule.extension_approvals else None
        return replace(decision, mapping=replace(decision.mapping, approvers_channel=channel))

    def granted(self, mapping: Mapping, port: int, now: datetime) -> Decision:
        """Give it a port, for it to be opened."""
        return give_port(mapping, self.requester, port, now)

    def replaces(self, holder: Mapping, now: datetime) -> Decision:
        """End what has the entry port now; whoever it belonged to is told.

        Raises:
            WrongState: it is closing already.
        """
        target = str(self.ask.target)
        ended = replace(holder, ending=Ending(Cause.REPLACED, self.requester, now, target))
        theirs = isinstance(holder.requester, Person) and holder.requester != self.requester
        facts = {"by": str(self.requester), "target": target}
        told = (Notice(Topic.REPLACED, Audience.REQUESTER, "replaced:dm", facts),) if theirs else ()
        return step(ended, Event.CLOSE, self.requester, now, notices=told, detail={"replaced_by": target})


def is_decided(mapping: Mapping) -> bool:
    """Whether the opening has come to something: it is open, it is over, or the pod did not answer."""
    tried = mapping.trouble is not None and mapping.trouble.probe is not None
    return mapping.state is not State.APPROVED or tried


def is_opening(mapping: Mapping, within: timedelta, now: datetime) -> bool:
    """Whether somebody may still wait for it to open."""
    begun = mapping.approved_at or now
    return mapping.state is State.APPROVED and mapping.trouble is None and now < begun + within
