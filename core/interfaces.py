"""The few things the core needs from outside, each named for the need.

Adapters live in ``core.adapters`` (and, for what only Slack can say, in ``bot.slack``); every interface has an in-memory
twin in ``core.adapters.memory`` that passes the same contract suite.

An adapter with work of its own in the background is an asynchronous context manager: entering starts it, leaving stops it.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.pod import Pod
from core.domain.route import Applied, Observation, PortRange, Probe, Route, Usage
from core.domain.target import Endpoint, PodRef


class Gateway(Protocol):
    """One HAProxy instance: listening ports that can be led to endpoints without a reload.

    Every verb has a deadline, is idempotent, and is serialised per port inside the adapter. A gateway that was just
    started, or restarted by anybody, serves nothing until it is told to.

    All verbs raise:
        GatewayUnreachable: no answer in time. What was asked may or may not have been done.
        GatewayRefused: it answered, and reading back shows another state than the one asked for.
    """

    @property
    def ports(self) -> PortRange:
        """The listening ports it has slots for."""
        ...

    async def epoch(self) -> str:
        """Name the present life of the gateway's process; cheap enough to ask four times a second."""
        ...

    async def observe(self) -> Observation:
        """Read the state of every slot."""
        ...

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route: grant, move, extend, or change its sources.

        Nobody ever reaches an endpoint other than the one in force. A change of ``until`` or of ``sources`` alone leaves
        live connections alone (those of callers no longer admitted included); a change of endpoint cuts them.
        """
        ...

    async def close(self, port: int) -> None:
        """Shut a port and cut what is on it; returns when nothing is left.

        Raises:
            StillConnected: sessions are left in spite of it; ask again.
        """
        ...

    async def resync(self, routes: Collection[Route]) -> None:
        """Make the whole gateway serve these routes and nothing else, in bulk; connections of unchanged routes live on.

        Raises:
            StillConnected: sessions are left on a port that is in no route; the routes are in force all the same.
        """
        ...

    async def usage(self, port: int) -> Usage:
        """Read a port's counters; they run on from mapping to mapping until the process ends."""
        ...

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Try once, from where the gateway stands, whether the endpoint accepts a TCP connection."""
        ...


@dataclass(frozen=True, slots=True)
class Sighting:
    """A followed pod as it is now; ``pod`` is ``None`` where there is no pod of that name any more."""

    ref: PodRef
    pod: Pod | None


class Cluster(Protocol):
    """Where pods are looked up and watched.

    All asynchronous verbs raise:
        ClusterUnreachable: no answer in time.
        ClusterUnauthorized: our credentials are not accepted.
        ClusterForbidden: a permission is missing; says which.
    """

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now.

        Raises:
            PodNotFound: there is none of that name.
        """
        ...

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's pods, for suggestions; sorted by name."""
        ...

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these pods, and no others, from now on; the cost grows with their namespaces, not with the cluster."""
        ...

    def sightings(self) -> AsyncIterator[Sighting]:
        """Yield the present state of each followed pod once after ``follow`` and after every relist, then each change.

        Never ends and never raises for a failing API server: it backs off, relists, and says so in the log and metrics.
        One consumer at a time.
        """
        ...
