"""Why something that can be read is not done. Each makes one entry of the audit; ``hint`` says what would work.

Errors carry people as values (``could``): whoever renders them knows how to write a mention.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.domain.errors import PodProxierError, sentence
from core.domain.people import Client, Requester, Standing
from core.domain.pod import ContainerPort, Pod
from core.domain.policy import ApproverSet, PortSet, Principals
from core.domain.sources import Sources
from core.domain.target import Target
from core.domain.ticket import Ticket
from core.domain.ttl import format_ttl

USUAL_REASON: Final = "order 4711 hangs"
"""An example."""


class Refused(PodProxierError):
    """The policy, or the state of the target, does not allow it."""


class NotAMember(Refused):
    """Guests, bots, deactivated users and people of other workspaces neither ask nor decide."""

    def __init__(self, person: Requester, standing: Standing) -> None:
        super().__init__(f"only full members of this workspace can use Pod-Proxier; your account is: {standing}")
        self.person, self.standing = person, standing


class KeyReused(Refused):
    """The same key came with another request, so that nobody knows which of the two is meant."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} was given to another request within the last day")
        self.key = key
        self.hint = "use a new key for each request"


class OnlyPeopleDecide(Refused):
    """A client approves and denies nothing, whatever it may ask for."""

    def __init__(self) -> None:
        super().__init__("only people approve and deny, and this token belongs to nobody")
        self.hint = "use a token that names its user"


class NamespaceNotAllowed(Refused):
    """No rule covers the namespace, or its rule does not let whoever asks; ``near`` holds what they may mean."""

    def __init__(self, namespace: str, near: Sequence[str], could: Principals | None, asker: Requester) -> None:
        super().__init__(f"you cannot request targets in the namespace {namespace!r}")
        self.namespace, self.near, self.could = namespace, tuple(near), could
        self.hint = f"did you mean {' or '.join(near)}?" if near else ""
        if isinstance(asker, Client) and not near:
            self.hint = f"a rule has to name the token: requesters: {{tokens: [{asker.name}]}}"


class DirectNotAllowed(Refused):
    """No rule lets targets of the namespace be opened without asking anybody."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"targets in the namespace {namespace!r} are not opened without asking somebody")
        self.namespace = namespace
        self.hint = "an operator can allow it: v1: true in the policy's rule, or without a policy --allowed-namespaces"


class PortNotAllowed(Refused):
    """The rule names the target ports that may be asked for, and this is none of them."""

    def __init__(self, target: Target, admitted: PortSet) -> None:
        super().__init__(f"port {target.port} cannot be requested in {target.namespace}; allowed: {admitted}")
        self.target, self.admitted = target, admitted


class PortUnclear(Refused):
    """No port was named and the pod has none, or several; or the name that was given is not among them."""

    def __init__(self, target: Target, ports: Sequence[ContainerPort]) -> None:
        super().__init__(_unclear(target, ports))
        self.target, self.ports = target, tuple(ports)
        self.hint = "add a port, by number or by name"


def _unclear(target: Target, ports: Sequence[ContainerPort]) -> str:
    pod = f"{target.namespace}/{target.name}"
    known = sentence([f"{p.number} ({p.name})" if p.name else str(p.number) for p in ports]) if ports else "none"
    if target.port is not None:
        return f"{pod} has no port named {target.port!r}; its ports: {known}"
    return f"{pod} has several ports: {known}" if ports else f"{pod} declares no port"


class SourceRequired(Refused):
    """The rule demands to know from where."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"{namespace} requires a source address: say who may connect")
        self.hint = "from 10.1.2.3"


class ReasonRequired(Refused):
    """The rule demands to know why, and what it is a part of; ``reason`` is what would do."""

    def __init__(self, namespace: str, said: str, ticket: Ticket | None) -> None:
        lacks = f"a ticket, such as {ticket.example}" if ticket else "a reason"
        super().__init__(f"{namespace} requires {lacks}: say why you need it")
        self.namespace, self.said, self.ticket = namespace, said, ticket
        self.hint = self.reason = " ".join(part for part in (said or USUAL_REASON, ticket and ticket.example) if part)


class SourceNotPermitted(Refused):
    """Some of the sources lie outside what the rule permits."""

    def __init__(self, asked: Sources, permitted: Sources) -> None:
        super().__init__(f"sources {asked} are not within what is permitted here: {permitted}")
        self.asked, self.permitted = asked, permitted


class NoSourceByIpv4(Refused):
    """The ports listen by IPv4, so that nobody among these sources could connect."""

    def __init__(self, sources: Sources) -> None:
        super().__init__(f"the ports listen by IPv4 alone, so nobody from {sources} could connect")
        self.sources = sources
        self.hint = "from 10.1.2.3"


class TtlTooLong(Refused):
    """More time at once than the rule gives."""

    def __init__(self, asked: timedelta, longest: timedelta) -> None:
        super().__init__(f"{format_ttl(asked)} is longer than the {format_ttl(longest)} allowed at once here")
        self.asked, self.longest = asked, longest
        self.hint = format_ttl(longest)


class OverLimit(Refused):
    """The new end would lie past the longest life; carries the longest extension that is possible, perhaps zero."""

    def __init__(self, lifetime: timedelta, possible: timedelta) -> None:
        super().__init__(
            f"a mapping here lives {format_ttl(lifetime)} at most; "
            + (f"it can be extended by {format_ttl(possible)}" if possible else "it cannot be extended any more")
        )
        self.lifetime, self.possible = lifetime, possible
        self.hint = format_ttl(possible) if possible else "close it and ask for a new one"


class PodUnusable(Refused):
    """The pod is there, and cannot be reached or may not be: carries why, in words."""

    def __init__(self, pod: Pod, why: str) -> None:
        super().__init__(f"pod {pod.ref} {why}")
        self.pod, self.why = pod, why


class NoSuchPod(Refused):
    """No pod of that name; ``near`` holds pods the asker may mean, ready ones first."""

    def __init__(self, target: Target, near: Sequence[Pod]) -> None:
        super().__init__(f"there is no pod {target.namespace}/{target.name}")
        self.target, self.near = target, tuple(near)


class OwnRequest(Refused):
    """Whoever asks never approves, whatever their role and whichever door they come by."""

    def __init__(self, could: Principals) -> None:
        super().__init__("you cannot decide your own request")
        self.could = could


class AskerMayNot(Refused):
    """Whoever asked may not ask any more: they left the workspace, or those whom the rule lets ask."""

    def __init__(self, asker: Requester) -> None:
        super().__init__("whoever asked for this may not ask for it any more")
        self.asker = asker


class NotYours(Refused):
    """Somebody else could; ``could`` and ``also`` say who, beside the requester."""

    def __init__(
        self, what: str, requester: Requester | None, could: Principals, also: Principals | None = None
    ) -> None:
        super().__init__(f"you cannot {what} this")
        self.what, self.requester, self.could, self.also = what, requester, could, also


class AlreadyVoted(Refused):
    """The same person's agreement counts once."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"you have approved this already; {missing} more approval(s) by others are needed")
        self.missing = missing


class OthersHaveTo(Refused):
    """One more approval by such as have agreed already could only waste its place; ``sets`` have to agree yet."""

    def __init__(self, sets: Sequence[ApproverSet]) -> None:
        names = sentence([f"one of {each.name}" for each in sets])
        super().__init__(f"this approval has to come from others; missing: {names}")
        self.sets = tuple(sets)


class Wider(Refused):
    """An approver lets through less than was asked for, never more; ``hint`` is the most.

    Attributes:
        field: which of them: ``ttl`` or ``sources``.
    """

    def __init__(self, field: str, asked: str, most: str) -> None:
        super().__init__(f"it can be made less than was asked for, not more: {asked}")
        self.field = field
        self.hint = f"at most {most}"


class NothingChanged(Refused):
    """What is to hold instead holds already."""

    def __init__(self) -> None:
        super().__init__("that is what is asked for already, so nothing was changed")


class TargetChanged(Refused):
    """The pod that was asked for is not there any more, so the approval has no object."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the pod that was requested {why}; ask again for the one that is there now")
        self.why = why
