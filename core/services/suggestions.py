"""Pods that somebody may ask for, while they type."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from core.domain.errors import OutsideError, PodNotFound
from core.domain.people import Person, Profile
from core.domain.pod import Pod
from core.domain.policy import Policy, Rule
from core.domain.request import requestable
from core.domain.target import PodRef
from core.interfaces import Clock, Cluster, Directory

log = structlog.get_logger(__name__)

FRESH_FOR: Final = timedelta(seconds=10)
"""A list of pods is told from for so long: people type letter by letter."""
WITHIN: Final = 2.0
"""Seconds for all lists together; Slack gives up after three."""
NAMESPACES: Final = 20
"""Looked into at a time, at most; whoever types a namespace narrows it down."""
MOST: Final = 100
"""Suggestions that Slack shows."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody would get: a pod, and the rule that would hold."""

    pod: Pod
    rule: Rule


class Suggestions:
    """Suggests pods by what was typed of ``NAMESPACE/NAME``; only those that the asker may request."""

    def __init__(self, cluster: Cluster, directory: Directory, policy: Callable[[], Policy], clock: Clock) -> None:
        self._cluster, self._directory, self._policy, self._clock = cluster, directory, policy, clock
        self._lists: dict[str, tuple[datetime, Sequence[Pod]]] = {}

    async def pods(self, person: Person, typed: str) -> Sequence[Pod]:
        """List pods whose name contains what was typed, those that begin with it first; ready ones before others.

        A namespace that cannot be listed in time has none. Nothing is suggested where nobody can say who asks.
        """
        policy = self._policy()
        try:
            async with asyncio.timeout(WITHIN):
                profile = await self._directory.profile(person, policy.groups())
                wanted = _namespaces(typed, profile, policy)[:NAMESPACES]
                listed = await asyncio.gather(*map(self._listed, wanted))
        except (OutsideError, TimeoutError) as exc:
            log.warning("suggestions.none", error=type(exc).__name__, message=str(exc))
            return ()
        found = [pod for pods in listed for pod in pods if not pod.finished and typed_is_in(typed, pod.ref)]
        return sorted(found, key=lambda pod: _order(pod, typed))[:MOST]

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

    async def _listed(self, namespace: str) -> Sequence[Pod]:
        now = self._clock.now()
        at, pods = self._lists.get(namespace, (None, ()))
        if at is None or not now - FRESH_FOR <= at <= now:
            try:
                pods = await self._cluster.pods(namespace)
            except OutsideError as exc:
                log.warning("suggestions.not_listed", namespace=namespace, error=type(exc).__name__, message=str(exc))
                return ()
            self._lists[namespace] = now, pods
        return pods


def _namespaces(typed: str, profile: Profile, policy: Policy) -> list[str]:
    """Choose where to look: the namespaces that the policy names, or, where one was typed out, that one alone."""
    namespace, slash, _ = typed.strip().lower().partition("/")
    if slash:
        return [namespace] if policy.may_request(profile, namespace) else []
    names = requestable(profile, policy)
    return [*(name for name in names if namespace in name), *(name for name in names if namespace not in name)]


def typed_is_in(typed: str, ref: PodRef) -> bool:
    """Whether a pod may be meant: ``pay/ap`` means pods with ``ap`` in a namespace that begins with ``pay``."""
    namespace, slash, name = typed.strip().lower().partition("/")
    if slash:
        return ref.namespace.startswith(namespace) and name in ref.name
    return namespace in str(ref)


def _order(pod: Pod, typed: str) -> tuple[bool, bool, str]:
    name = typed.strip().lower().rpartition("/")[2]
    return not pod.ready, not pod.ref.name.startswith(name), str(pod.ref)
