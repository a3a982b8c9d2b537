"""Mappings that are approved one after the other, each with a caller who is told when its port leads somewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Final, cast

from benchmarks.parts.bot import Bot
from benchmarks.parts.caller_process import CallerProcess
from core.domain.pod import Pod
from core.domain.route import Applied, Route
from core.interfaces import Gateway

_TTL: Final = timedelta(minutes=10)
_WARM_UP: Final = 10


class TellingGateway:
    """Has a caller connect in the moment in which a port begins to lead somewhere; not when it is only confirmed."""

    def __init__(self, gateway: Gateway, caller: CallerProcess) -> None:
        self._gateway, self._caller = gateway, caller
        self._told: int | None = None

    def __getattr__(self, verb: str) -> object:
        """Do everything else as the gateway does."""
        return getattr(self._gateway, verb)

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route."""
        applied = await self._gateway.apply(route)
        if self._told != route.port:
            self._told = route.port
            self._caller.connect(route.port)
        return applied

    def forget(self) -> None:
        """Have the next port that is opened be told of, even the same one."""
        self._told = None


@dataclass(slots=True)
class Samples:
    """Seconds, taken in turns.

    Attributes:
        first_byte: from the approval to the first byte.
        recorded: from the approval until it was committed that the port is open, which is when people are told.
        straight: of the bare socket, from the word to the caller.
    """

    first_byte: list[float] = field(default_factory=list)
    recorded: list[float] = field(default_factory=list)
    straight: list[float] = field(default_factory=list)


class Openings:
    """Takes the samples.

    Attributes:
        gateway: what the bot is to be given.
    """

    def __init__(self, gateway: Gateway, caller: CallerProcess) -> None:
        self._telling, self._caller = TellingGateway(gateway, caller), caller
        self.gateway = cast("Gateway", self._telling)

    async def taken(self, running: Bot, pods: Sequence[Pod], times: int) -> Samples:
        """Open mappings to these pods, in turns, after a few that do not count."""
        for number in range(_WARM_UP):
            await self._sample(running, pods[number % len(pods)], Samples())
        samples = Samples()
        for number in range(times):
            await self._sample(running, pods[number % len(pods)], samples)
        return samples

    async def _sample(self, running: Bot, pod: Pod, samples: Samples) -> None:
        self._telling.forget()
        mapping = await running.request(pod, _TTL)
        began = perf_counter()
        mapping = await running.approve(mapping)
        samples.recorded.append(perf_counter() - began)
        samples.first_byte.append(await self._caller.first_byte() - began)
        await running.close(mapping)
        began = perf_counter()
        self._caller.connect(pod.ports[0].number)
        samples.straight.append(await self._caller.first_byte() - began)
