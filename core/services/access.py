"""The verbs that people have: request, approve, deny, extend, close, retry. Each decides and commits, nothing more."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from core.domain import deciding, extending
from core.domain.deciding import Room, check_asker, check_decider, check_drawn
from core.domain.errors import DirectoryUnreachable, PodNotFound
from core.domain.mapping import Decision, Mapping, MappingId, Place, Reference, Terms, Vote, allowed
from core.domain.people import Profile, Requester, Standing
from core.domain.pod import Pod
from core.domain.policy import Policy, Rule
from core.domain.port_pool import PortPool
from core.domain.refusals import NoSuchPod, NotAMember, TargetChanged
from core.domain.request import Ask, Wish, admit, check_terms, near_pods, place_for, request, settle_port
from core.domain.route import PortRange
from core.domain.sighting import gone, seen
from core.domain.states import Event
from core.domain.target import PodRef
from core.interfaces import Cluster, Directory, UnitOfWork
from core.services.amending import Amending
from core.services.audited import Attempt, audited
from core.services.freezing import check_thawed
from core.services.given_key import GivenKey
from core.services.profiles import profile_of, profile_to_revoke
from core.services.quotas import check_grant, check_one_more
from core.services.reaching import unreachable_for
from core.services.transactions import Ledger, Transactions


@dataclass(frozen=True, slots=True)
class Terrain:
    """What does not change while the process runs.

    Attributes:
        ports: listening ports that mappings may get.
        rest: how long a port stays unused before it goes to somebody else.
        usual_ports: port names to look for where a person names none, in order.
        announce: id of the channel that shows what is asked for over REST and has no other place; ``None``: none does.
        entry: the listening port that the previous service's API leads to one pod after the other; ``None``: there is
            none. It lies outside of ``ports``, so that no other mapping gets it.

    Raises:
        ValueError: the entry port is one of ``ports``.
    """

    ports: PortRange
    rest: timedelta = timedelta(minutes=10)
    usual_ports: Sequence[str] = ("debug", "jprofiler-port")
    announce: str | None = None
    entry: int | None = None

    def __post_init__(self) -> None:
        if self.entry is not None and self.entry in self.ports:
            raise ValueError(f"the entry port {self.entry} lies in the range of mappings, {self.ports}")


@dataclass(frozen=True, slots=True)
class Who:
    """Who does something, and by which delivery: all that a door knows.

    Attributes:
        person: a client, too.
        delivery: dedupe key of the payload; ``None`` where the door has none.
        operator: the door vouches that they may extend and close what others asked for.
    """

    person: Requester
    delivery: str | None = None
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Requested:
    """What became of a request: ``known`` where the same wish was open or waiting already."""

    mapping: Mapping
    known: bool


class Access:
    """People's verbs over the mapping engine.

    While everything is frozen, what would grant or extend something raises ``Frozen``.

    Attributes:
        amending: one verb more, in two steps.

    Every verb raises ``Refused`` (entered into the audit), ``WrongState``, ``Stale``, or an ``OutsideError`` where the
    directory, the cluster or the database does not answer; then nothing was changed.
    """

    def __init__(
        self,
        transactions: Transactions,
        cluster: Cluster,
        directory: Directory,
        policy: Callable[[], Policy],
        terrain: Terrain,
    ) -> None:
        self._transactions, self._cluster, self._directory = transactions, cluster, directory
        self._policy, self._terrain = policy, terrain
        self.amending = Amending(transactions, cluster, directory, policy)

    async def request(self, ask: Ask, who: Who, place: Place | None, *, key: str | None = None) -> Requested:
        """Ask for a mapping; granted at once where the rule needs no approval.

        Args:
            ask: what is wanted.
            who: whoever wants it.
            place: where it was asked; ``None`` through a door that has no place, see ``place_for``.
            key: their own name for this request: asked again under it within a day, it brings the same mapping.

        Raises:
            KeyReused: the key was given to another request.
            NoFreePort: no approval is needed, and there is no port.
            Frozen: everything is frozen; carries by whom.
            QuotaReached: whoever asks, or the namespace, has as many as the policy gives.
        """
        async with self._audited("request", who) as attempt:
            attempt.target = ask.target
            given = GivenKey(key, ask, who.person)
            made = await self._made_before(given)
            if made:
                return Requested(made, known=True)
            profile, policy = await self._profile(who)
            rule = admit(profile, policy, ask.target.namespace)
            _, sources = check_terms(ask, rule)
            pod = await self._pod_for(ask)
            target = ask.target.at(settle_port(ask.target, pod, self._terrain.usual_ports).number)
            wish = Wish(who.person, target, pod.uid, sources)
            shown = place or place_for(who.person, rule, self._terrain.announce)
            unreachable = await unreachable_for(rule, who.person, self._directory)

            async def work(ledger: Ledger) -> Requested:
                now = self._transactions.clock.now()
                known = await given.made(ledger.uow, now) or await _met(wish, ledger.uow, now)
                if known:
                    await given.keep(ledger.uow, known, now)
                    return Requested(known, known=True)
                await check_thawed(ledger.uow)
                await check_one_more(who.person, target.namespace, policy, ledger.uow)
                decision = request(ask, pod, shown, who.person, rule, self._terrain.usual_ports, now)
                asked = replace(decision.mapping, unreachable=unreachable)
                mapping = await ledger.record(replace(decision, mapping=asked))
                await given.keep(ledger.uow, mapping, now)
                if not rule.approvals:
                    room = await self._room(ledger.uow, policy, rule)
                    mapping = await ledger.record(deciding.grant(mapping, profile.person, pod, room, now))
                return Requested(mapping, known=False)

            return await self._transactions.commit(work, delivery=who.delivery)

    async def approve(self, mapping_id: MappingId, who: Who, drawn: Terms | None = None) -> Mapping:
        """Agree to a request. The last agreement grants a port; the pod's UID is checked once more before.

        Raises:
            AskerMayNot: whoever asked may not ask any more.
            TargetChanged: the pod is gone, so the request was refused instead.
            NoFreePort, QuotaReached: the request goes on waiting.
        """
        async with self._audited("approve", who) as attempt:
            attempt.mapping_id = mapping_id
            profile, policy = await self._profile(who)
            mapping = await self.get(mapping_id)
            attempt.target = mapping.target
            rule = policy.rule_or_nothing(mapping.target.namespace)
            allowed(mapping, Event.APPROVE)
            check_decider(mapping, profile, rule, "approve")
            check_drawn(mapping, drawn)
            check_asker(await profile_of(mapping.requester, self._directory, policy), rule)
            voters = await self._voters(mapping.votes, policy, rule)
            pod = await self._pod_now(mapping.target.pod)

            async def work(ledger: Ledger) -> tuple[Mapping, str]:
                await check_thawed(ledger.uow)
                mapping = await ledger.uow.mappings.get(mapping_id)
                now = self._transactions.clock.now()
                missing = gone(mapping, pod)
                room = replace(await self._room(ledger.uow, policy, rule), voters=voters)
                if pod is None or missing:
                    allowed(mapping, Event.APPROVE)
                    decision = seen(mapping, pod, now)
                else:
                    decision = deciding.approve(mapping, profile, drawn, pod, room, now)
                    if decision.event is Event.GRANT:
                        await check_grant(mapping, policy, ledger.uow)
                return (await ledger.record(decision) if decision else mapping), missing

            changed, missing = await self._transactions.commit(work, delivery=who.delivery)
            if missing:
                raise TargetChanged(missing)
            return changed

    async def deny(self, mapping_id: MappingId, who: Who) -> Mapping:
        """Say no to a request."""

        def decide(mapping: Mapping, profile: Profile, _: Policy, rule: Rule) -> Decision:
            return deciding.deny(mapping, profile, rule, self._transactions.clock.now())

        return await self._decide("deny", Reference(mapping_id=mapping_id), who, decide)

    async def close(self, reference: Reference, who: Who) -> Mapping:
        """End a mapping now; take back a request that still waits. A directory that does not answer is no hindrance."""

        def decide(mapping: Mapping, profile: Profile, policy: Policy, rule: Rule) -> Decision:
            return deciding.close(mapping, profile, policy, rule, self._transactions.clock.now())

        return await self._decide("close", reference, who, decide, revokes=True)

    async def retry(self, mapping_id: MappingId, who: Who) -> Mapping:
        """Try an approved mapping's pod again."""

        def decide(mapping: Mapping, profile: Profile, policy: Policy, _: Rule) -> Decision:
            return deciding.retry(mapping, profile, policy, self._transactions.clock.now())

        return await self._decide("retry", Reference(mapping_id=mapping_id), who, decide)

    async def extend(self, reference: Reference, by: timedelta, who: Who, drawn: Terms | None = None) -> Mapping:
        """Ask for more time; the end moves at once where the rule asks for nobody's agreement."""

        def decide(mapping: Mapping, profile: Profile, policy: Policy, rule: Rule) -> Decision:
            return extending.extend(mapping, by, drawn, profile, policy, rule, self._transactions.clock.now())

        return await self._decide("extend", reference, who, decide, gives=True)

    async def approve_extension(self, mapping_id: MappingId, who: Who, drawn: Terms | None = None) -> Mapping:
        """Agree to more time."""
        asked = await self.get(mapping_id)
        votes, policy = asked.extension.votes if asked.extension else (), self._policy()
        voters = await self._voters(votes, policy, policy.rule_or_nothing(asked.target.namespace))

        def decide(mapping: Mapping, profile: Profile, _: Policy, rule: Rule) -> Decision:
            return extending.approve_extension(mapping, drawn, profile, rule, self._transactions.clock.now(), voters)

        return await self._decide("approve_extension", Reference(mapping_id=mapping_id), who, decide, gives=True)

    async def deny_extension(self, mapping_id: MappingId, who: Who) -> Mapping:
        """Say no to more time; the mapping goes on to its end."""

        def decide(mapping: Mapping, profile: Profile, _: Policy, rule: Rule) -> Decision:
            return extending.deny_extension(mapping, profile, rule, self._transactions.clock.now())

        return await self._decide("deny_extension", Reference(mapping_id=mapping_id), who, decide)

    async def get(self, mapping_id: MappingId) -> Mapping:
        """Read one mapping.

        Raises:
            NoSuchMapping: there is none of that id.
        """
        return await self.find(Reference(mapping_id=mapping_id))

    async def find(self, reference: Reference) -> Mapping:
        """Read the mapping that holds a port, or the one of an id.

        Raises:
            NoSuchMapping: there is none.
        """
        return await self._transactions.read(lambda uow: uow.mappings.find(reference))

    async def turn_away(self, who: Who, standing: Standing) -> NoReturn:
        """Refuse somebody whom the door knows to be no member, whatever they want.

        Raises:
            NotAMember: always.
        """
        async with self._audited("enter", who):
            raise NotAMember(who.person, standing)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _audited(self, what: str, who: Who) -> AbstractAsyncContextManager[Attempt]:
        return audited(self._transactions, Attempt(what, who.person, who.delivery))

    async def _decide(
        self,
        what: str,
        reference: Reference,
        who: Who,
        decide: Callable[[Mapping, Profile, Policy, Rule], Decision],
        *,
        revokes: bool = False,
        gives: bool = False,
    ) -> Mapping:
        async with self._audited(what, who) as attempt:
            attempt.mapping_id = reference.mapping_id
            profile, policy = await (self._profile_to_revoke(who) if revokes else self._profile(who))
            if not profile.admitted:
                raise NotAMember(profile.person, profile.standing)

            async def work(ledger: Ledger) -> Mapping:
                if gives:
                    await check_thawed(ledger.uow)
                mapping = await ledger.uow.mappings.find(reference)
                attempt.mapping_id, attempt.target = mapping.id, mapping.target
                rule = policy.rule_or_nothing(mapping.target.namespace)
                return await ledger.record(decide(mapping, profile, policy, rule))

            return await self._transactions.commit(work, delivery=who.delivery)

    async def _profile(self, who: Who) -> tuple[Profile, Policy]:
        policy = self._policy()
        profile = await profile_of(who.person, self._directory, policy)
        return replace(profile, operator=who.operator), policy

    async def _voters(self, votes: Sequence[Vote], policy: Policy, rule: Rule) -> tuple[Profile, ...]:
        """Look those up who have agreed before.

        Raises:
            DirectoryUnreachable: nobody can say of one of them whether they may; no vote is lost by that.
        """
        voters = tuple([await profile_of(vote.person, self._directory, policy) for vote in votes])
        for profile in voters:
            if rule.approvers.may_include(profile) and not rule.approvers.includes(profile):
                raise DirectoryUnreachable(f"the groups of {profile.person} are not known")
        return voters

    async def _profile_to_revoke(self, who: Who) -> tuple[Profile, Policy]:
        policy = self._policy()
        return await profile_to_revoke(who.person, self._directory, policy, operator=who.operator), policy

    async def _made_before(self, given: GivenKey) -> Mapping | None:
        if given.key is None:
            return None
        return await self._transactions.read(lambda uow: given.made(uow, self._transactions.clock.now()))

    async def _room(self, uow: UnitOfWork, policy: Policy, rule: Rule) -> Room:
        uses = await uow.mappings.port_uses()
        return Room(policy, rule, PortPool(self._terrain.ports, self._terrain.rest, uses))

    async def _pod_now(self, ref: PodRef) -> Pod | None:
        try:
            return await self._cluster.pod(ref)
        except PodNotFound:
            return None

    async def _pod_for(self, ask: Ask) -> Pod:
        try:
            return await self._cluster.pod(ask.target.pod)
        except PodNotFound as exc:
            near = near_pods(ask.target.name, await self._cluster.pods(ask.target.namespace))
            raise NoSuchPod(ask.target, near) from exc


async def _met(wish: Wish, uow: UnitOfWork, now: datetime) -> Mapping | None:
    """Find what already is as it is wished for."""
    theirs = await uow.mappings.live(wish.requester, wish.target.pod)
    return next((mapping for mapping in theirs if wish.is_met_by(mapping, now)), None)
