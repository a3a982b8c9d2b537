"""Pods that somebody may ask for, while they type."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import structlog

from core.domain.errors import ClusterForbidden, OutsideError, PodNotFound
from core.domain.finding import Found, Query, find
from core.domain.names import Roll, is_pattern, look_of
from core.domain.people import Person, Profile
from core.domain.pod import Pod
from core.domain.policy import Policy, Rule
from core.domain.target import PodRef
from core.interfaces import Clock, Cluster, Directory, Names

log = structlog.get_logger(__name__)

FRESH_FOR: Final = timedelta(seconds=10)
"""A list of pods is told from for so long: people type letter by letter."""
WITHIN: Final = 2.0
"""Seconds for all that is asked of others; Slack gives up after three."""
NAMESPACES: Final = 20
"""Listed at a time, at most; whoever types a namespace narrows it down."""
MOST: Final = 100
"""Suggestions that Slack shows."""
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody would get: a pod, and the rule that would hold."""

    pod: Pod
    rule: Rule


class Suggestions:
    """Suggests pods by what was typed of ``NAMESPACE/NAME``; only those that the asker may request.

    From memory; a namespace that is not known there yet, or never will be, is listed meanwhile.
    """

    def __init__(
        self, cluster: Cluster, names: Names, directory: Directory, policy: Callable[[], Policy], clock: Clock
    ) -> None:
        self._cluster, self._names, self._directory, self._policy = cluster, names, directory, policy
        self._lists = _Lists(cluster, clock)
        self._scope = _Scope(Policy(()))

    async def pods(self, person: Person, typed: str) -> Sequence[Found]:
        """Find pods that meet what was typed, best first, ready ones before others that meet it as well.

        A namespace that is neither known nor can be listed in time has none. Nothing is suggested where nobody can say
        who asks.
        """
        scope = self._scope_of(self._policy())
        self._names.want_names(scope.globs)
        query = Query.of(typed)
        try:
            async with asyncio.timeout(WITHIN):
                profile = await self._directory.profile(person, scope.policy.groups())
        except (OutsideError, TimeoutError) as exc:
            log.warning("suggestions.none", error=type(exc).__name__, message=str(exc))
            return ()
        listed = await self._lists.of(self._unknown(query, profile, scope)[:NAMESPACES])
        places = {name: roll for name in self._names.known_namespaces() if (roll := self._names.roll(name)) is not None}
        places |= listed
        return find(query, [(name, places[name]) for name in sorted(places) if scope.admits(profile, name)], MOST)

    async def offer(self, person: Person, ref: PodRef) -> Offer | None:
        """Say what somebody would get; ``None`` where there is no such pod, or they may not ask for it.

        Raises:
            OutsideError: the directory or the cluster does not answer.
        """
        policy = self._policy()
        profile = await self._directory.profile(person, policy.groups())
        rule = policy.rule_for(ref.namespace)
        if rule is None or not policy.may_request(profile, ref.namespace):
            return None
        try:
            return Offer(await self._cluster.pod(ref), rule)
        except PodNotFound:
            return None

    def _scope_of(self, policy: Policy) -> "_Scope":
        if self._scope.policy is not policy:
            self._scope = _Scope(policy)
        return self._scope

    def _unknown(self, query: Query, profile: Profile, scope: "_Scope") -> Sequence[str]:
        """Choose what to list: namespaces that the policy names, or that were typed out, with unknown pods."""
        candidates = [name for name in {*scope.outright, *query.typed_out} if self._names.roll(name) is None]
        meant = [name for name in candidates if query.may_be_in(name) and scope.admits(profile, name)]
        return sorted(meant, key=lambda name: (not query.main.meets_all_of(name), name))


class _Scope:
    """What a policy says of namespaces; asked for each of them at each letter."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.globs = frozenset(glob for rule in policy.rules for glob in rule.namespaces)
        self.outright = sorted(glob for glob in self.globs if not is_pattern(glob))
        self._rule_for = lru_cache(maxsize=_REMEMBERED)(policy.rule_for)

    def admits(self, profile: Profile, namespace: str) -> bool:
        """Whether somebody may ask for pods there."""
        rule = self._rule_for(namespace)
        return rule is not None and rule.requesters.includes(profile)


class _Lists:
    """Namespaces that were listed because somebody typed; forgotten after seconds."""

    def __init__(self, cluster: Cluster, clock: Clock) -> None:
        self._cluster, self._clock = cluster, clock
        self._kept: dict[str, tuple[datetime, Roll]] = {}

    async def of(self, namespaces: Collection[str]) -> dict[str, Roll]:
        """Return the pods of each of these that could be listed in time."""
        now = self._clock.now()
        self._kept = {name: kept for name, kept in self._kept.items() if now - FRESH_FOR <= kept[0] <= now}
        try:
            async with asyncio.timeout(WITHIN):
                await asyncio.gather(*(self._list(name) for name in namespaces if name not in self._kept))
        except TimeoutError as exc:
            log.warning("suggestions.not_listed", error=type(exc).__name__, message=f"not within {WITHIN:g} s")
        return {name: self._kept[name][1] for name in namespaces if name in self._kept}

    async def _list(self, namespace: str) -> None:
        found: Sequence[Pod] = ()
        try:
            found = await self._cluster.pods(namespace)
        except OutsideError as exc:
            log.warning("suggestions.not_listed", namespace=namespace, error=type(exc).__name__, message=str(exc))
            if not isinstance(exc, ClusterForbidden):  # that will not change while somebody types
                return
        roll = Roll({pod.ref.name: look for pod in found if (look := look_of(pod)) is not None})
        self._kept[namespace] = self._clock.now(), roll
