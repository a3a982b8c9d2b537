"""Letting through less than was asked for: what an approver is shown of it, and that it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.domain.amending import Change, amend
from core.domain.deciding import check_decider, check_drawn
from core.domain.errors import PodNotFound
from core.domain.mapping import Mapping, MappingId, Reference, Terms, allowed
from core.domain.people import Profile, Requester
from core.domain.pod import ContainerPort, Pod
from core.domain.policy import Policy
from core.domain.refusals import TargetChanged
from core.domain.sighting import gone, seen
from core.domain.states import Event
from core.interfaces import Cluster, Directory
from core.services.audited import Attempt, audited
from core.services.profiles import profile_of
from core.services.transactions import Ledger, Transactions


class Somebody(Protocol):
    """Who does something, and by which delivery; see ``access.Who``."""

    @property
    def person(self) -> Requester:
        """Whoever it is."""
        ...

    @property
    def delivery(self) -> str | None:
        """Dedupe key of the payload."""
        ...


@dataclass(frozen=True, slots=True)
class Amendable:
    """What could be changed: the request, and the ports that could be chosen instead."""

    mapping: Mapping
    ports: tuple[ContainerPort, ...]


class Amending:
    """The verb, in two steps; raises what ``Access`` raises."""

    def __init__(
        self, transactions: Transactions, cluster: Cluster, directory: Directory, policy: Callable[[], Policy]
    ) -> None:
        self._transactions, self._cluster = transactions, cluster
        self._directory, self._policy = directory, policy

    async def look(self, mapping_id: MappingId, who: Somebody, drawn: Terms | None = None) -> Amendable:
        """Say what could be changed, to whoever may."""
        async with audited(self._transactions, Attempt("amend", who.person, mapping_id=mapping_id)):
            mapping, pod, _, policy = await self._begin(mapping_id, who, drawn)
            why = gone(mapping, pod)
            if pod is None or why:
                raise TargetChanged(why)
            return Amendable(mapping, _ports(mapping, pod, policy))

    async def amend(self, mapping_id: MappingId, change: Change, who: Somebody, drawn: Terms | None = None) -> Mapping:
        """Change a request; see ``core.domain.amending``.

        Raises:
            TargetChanged: the pod is gone, so the request was refused instead.
        """
        async with audited(self._transactions, Attempt("amend", who.person, who.delivery, mapping_id)) as attempt:
            mapping, pod, profile, policy = await self._begin(mapping_id, who, drawn)
            attempt.target = mapping.target
            rule = policy.rule_or_nothing(mapping.target.namespace)

            async def work(ledger: Ledger) -> tuple[Mapping, str]:
                mapping, now = await ledger.uow.mappings.get(mapping_id), self._transactions.clock.now()
                missing = gone(mapping, pod)
                if pod is None or missing:
                    allowed(mapping, Event.AMEND)
                    decision = seen(mapping, pod, now)
                else:
                    decision = amend(mapping, change, drawn, profile, pod, rule, now)
                return (await ledger.record(decision) if decision else mapping), missing

            changed, missing = await self._transactions.commit(work, delivery=who.delivery)
            if missing:
                raise TargetChanged(missing)
            return changed

    async def _begin(
        self, mapping_id: MappingId, who: Somebody, drawn: Terms | None
    ) -> tuple[Mapping, Pod | None, Profile, Policy]:
        """Refuse at once what cannot be done, and read the pod as it is now."""
        policy = self._policy()
        profile = await profile_of(who.person, self._directory, policy)
        reference = Reference(mapping_id=mapping_id)
        mapping = await self._transactions.read(lambda uow: uow.mappings.find(reference))
        allowed(mapping, Event.AMEND)
        check_decider(mapping, profile, policy.rule_or_nothing(mapping.target.namespace), "change")
        check_drawn(mapping, drawn)
        try:
            return mapping, await self._cluster.pod(mapping.target.pod), profile, policy
        except PodNotFound:
            return mapping, None, profile, policy


def _ports(mapping: Mapping, pod: Pod, policy: Policy) -> tuple[ContainerPort, ...]:
    """List the ports that the rule lets one choose, the present one among them."""
    rule = policy.rule_or_nothing(mapping.target.namespace)
    numbers = {mapping.endpoint.port, mapping.amendment.port if mapping.amendment else mapping.endpoint.port}
    known = {port.number: port for port in pod.ports}
    there = [*pod.ports, *(ContainerPort(number) for number in sorted(numbers - known.keys()))]
    return tuple(port for port in there if rule.ports is None or rule.ports.admits(port.number, port.name))
