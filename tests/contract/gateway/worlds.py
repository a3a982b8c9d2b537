"""What a gateway stands in: pods behind it, callers before it, time, and what happens to its process.

A gateway over another way to HAProxy joins by one more function of ``WORLDS`` in ``conftest``.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Protocol

from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import Entry, GatewayConfig
from core.adapters.haproxy.dataplane.client import Credentials
from core.adapters.haproxy.dataplane.gateway import DataplaneGateway
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.adapters.memory.clock import ManualClock
from core.adapters.memory.gateway import MemoryGateway
from core.domain.errors import GatewayUnreachable
from core.domain.route import Probe, Route, Slot
from core.domain.sources import Sources
from core.domain.target import Endpoint, PodUid
from core.interfaces import Gateway
from tests.contract.gateway.callers import PATIENCE, Caller, MemoryCaller, SocketCaller
from tests.contract.gateway.haproxies import (
    ForeignHaproxy,
    config_of_all_ports,
    foreign_haproxy,
    freeze,
    full_config,
    password_in_the_environment,
    running_api,
    short_folder,
    write_files_with_api,
)
from tests.contract.gateway.pods import echo_pod, mute_endpoint, refusing_endpoint, silent_endpoint
from tests.dataplane_standin import PASSWORD, USER, Kind, StandIn
from tests.real_parts import free_port

API: Final = "the-api"


class Hands(Protocol):
    async def pod(self, name: str, host: str = "127.0.0.1", port: int | None = None) -> Endpoint:
        """A pod that tells its name; at the port of another one, where that is given."""
        ...

    async def refusing(self) -> Endpoint:
        """Where nothing listens."""
        ...

    async def silent(self) -> Endpoint:
        """Where nothing answers at all."""
        ...

    async def mute(self) -> Endpoint:
        """Where connections are accepted without a word."""
        ...

    async def connect(self, port: int, source: str = "127.0.0.1") -> Caller:
        """Raises ConnectionRefusedError where nobody listens."""
        ...

    def now(self) -> datetime: ...

    async def wait_until(self, moment: datetime) -> None: ...

    async def restart(self) -> None:
        """Have the gateway's process die at once, and another one take its place."""
        ...

    async def hang(self) -> None:
        """Have the process stop dead, alive, until ``recover``."""
        ...

    def recover(self) -> None: ...


@dataclass
class MemoryHands:
    gateway: MemoryGateway
    clock: ManualClock
    _hosts: int = 0

    async def pod(self, name: str, host: str = "127.0.0.1", port: int | None = None) -> Endpoint:
        self._hosts += 1
        if self.gateway.api is not None and (ip_address(host), port) == (
            self.gateway.api.address,
            self.gateway.api.port,
        ):
            self.gateway.answer(self.gateway.api, Probe.ANSWERED)
        return Endpoint(ip_address(host), port or 5000 + self._hosts, PodUid(f"uid-of-{name}"))

    async def refusing(self) -> Endpoint:
        return await self._that_answers(Probe.REFUSED)

    async def silent(self) -> Endpoint:
        return await self._that_answers(Probe.SILENT)

    async def mute(self) -> Endpoint:
        return await self._that_answers(Probe.ANSWERED)

    async def connect(self, port: int, source: str = "127.0.0.1") -> Caller:
        return MemoryCaller(self.gateway.connect(port, source))

    def now(self) -> datetime:
        return self.clock.now()

    async def wait_until(self, moment: datetime) -> None:
        self.clock.set(max(moment, self.clock.now()))
        self.gateway.tick()

    async def restart(self) -> None:
        self.gateway.restart()

    async def hang(self) -> None:
        self.gateway.hang()

    def recover(self) -> None:
        self.gateway.recover()

    async def _that_answers(self, probe: Probe) -> Endpoint:
        endpoint = await self.pod(f"one that {probe}")
        self.gateway.answer(endpoint, probe)
        return endpoint


@dataclass
class RealHands:
    """Around a real HAProxy.

    Attributes:
        pid: of the process that answers now.
        restart_process: does what ``Hands.restart`` says.
    """

    stack: AsyncExitStack
    pid: Callable[[], Awaitable[int]]
    restart_process: Callable[[], Awaitable[None]]
    _stopped: int | None = field(default=None, init=False)

    async def pod(self, name: str, host: str = "127.0.0.1", port: int | None = None) -> Endpoint:
        return (await self.stack.enter_async_context(echo_pod(name, host, port))).endpoint

    async def refusing(self) -> Endpoint:
        return refusing_endpoint()

    async def silent(self) -> Endpoint:
        return await self.stack.enter_async_context(silent_endpoint())

    async def mute(self) -> Endpoint:
        return await self.stack.enter_async_context(mute_endpoint())

    async def connect(self, port: int, source: str = "127.0.0.1") -> Caller:
        caller = await SocketCaller.connect(port, source)
        self.stack.push_async_callback(caller.hang_up)
        return caller

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, moment: datetime) -> None:
        await asyncio.sleep((moment - self.now()).total_seconds())
        while self.now() < moment:  # noqa: ASYNC110 - the wall clock may be a little behind the loop's
            await asyncio.sleep(0.001)

    async def restart(self) -> None:
        await self.restart_process()

    async def hang(self) -> None:
        self._stopped = await self.pid()
        self.stack.callback(self.recover)
        await freeze(self._stopped)

    def recover(self) -> None:
        if self._stopped is not None:
            os.kill(self._stopped, signal.SIGCONT)
            self._stopped = None


@dataclass
class World:
    """A gateway under test, and the hands that move what is around it.

    Its ports follow each other without a gap: the mappings', the entry port, the Services'.
    """

    gateway: Gateway
    hands: Hands
    config: GatewayConfig

    @property
    def port(self) -> int:
        return self.config.ports.first

    @property
    def entry(self) -> Entry:
        assert self.config.entry is not None
        return self.config.entry

    @property
    def last(self) -> int:
        return max(self.gateway.ports.numbers())

    async def api(self) -> None:
        """Have the bot's API listen behind the entry port; until then it does not."""
        await self.hands.pod(API, port=self.entry.api.port)

    def end(self, seconds: float = 3600) -> datetime:
        """The first whole second that is at least so far away."""
        return (self.hands.now() + timedelta(seconds=seconds)).replace(microsecond=0) + timedelta(seconds=1)

    def route(
        self, endpoint: Endpoint, *, at: int = 0, sources: str = "127.0.0.0/8", until: datetime | None = None
    ) -> Route:
        """A route of the port that many after the first."""
        return Route(self.port + at, endpoint, Sources.parse(sources), until or self.end())

    async def serve(self, name: str, *, at: int = 0) -> Route:
        """Have a port lead to a new pod."""
        route = self.route(await self.hands.pod(name), at=at)
        await self.gateway.apply(route)
        return route

    async def slot(self, port: int | None = None) -> Slot:
        return (await self.gateway.observe()).slots[self.port if port is None else port]


@asynccontextmanager
async def memory_world() -> AsyncIterator[World]:
    clock = ManualClock()
    config = config_of_all_ports(Path("/run/pp"), 10_000, 3_344)
    gateway = MemoryGateway(config.all_ports, clock, timedelta(milliseconds=50), entry=config.entry)
    assert gateway.api is not None
    gateway.answer(gateway.api, Probe.REFUSED)
    yield World(gateway, MemoryHands(gateway, clock), config)


@asynccontextmanager
async def socket_world(binary: Path) -> AsyncIterator[World]:
    """The runtime socket of an HAProxy that somebody else runs."""
    async with AsyncExitStack() as stack:
        haproxy = stack.enter_context(foreign_haproxy(binary))
        config, deadline = haproxy.config, timedelta(seconds=1)
        gateway = SocketGateway(config.runtime_address, config.all_ports, SystemClock(), deadline=deadline)

        async def pid() -> int:
            return (await gateway.identity()).pid

        async def restart() -> None:
            haproxy.stop()
            haproxy.start()

        yield World(gateway, RealHands(stack, pid, restart), config)


@asynccontextmanager
async def dataplane_world(binary: Path, kind: Kind) -> AsyncIterator[World]:
    """The Data Plane API, as a stand-in, of an HAProxy that somebody else runs."""
    async with AsyncExitStack() as stack:
        haproxy = stack.enter_context(foreign_haproxy(binary, write=write_files_with_api))
        api = await stack.enter_async_context(StandIn(haproxy.config.folder, kind))
        yield await _world_over(api.url, lambda: (USER, PASSWORD), haproxy, stack)


@asynccontextmanager
async def real_dataplane_world(binary: Path, api: Path) -> AsyncIterator[World]:
    """The Data Plane API itself, with the files that ``haproxy-config --gateway dataplane`` prints."""
    async with AsyncExitStack() as stack:
        stack.enter_context(password_in_the_environment())
        url = f"http://127.0.0.1:{free_port()}"
        haproxy = stack.enter_context(foreign_haproxy(binary, write=lambda config: write_files_with_api(config, url)))
        stack.enter_context(running_api(api, haproxy, url))
        yield await _world_over(url, lambda: (USER, PASSWORD), haproxy, stack)


async def _world_over(address: str, credentials: Credentials, haproxy: ForeignHaproxy, stack: AsyncExitStack) -> World:
    ports, deadline = haproxy.config.all_ports, timedelta(seconds=1)
    gateway = DataplaneGateway(address, credentials, ports, SystemClock(), deadline=deadline)
    await stack.enter_async_context(gateway)

    async def pid() -> int:
        return (await gateway.identity()).pid

    async def restart() -> None:
        haproxy.stop()
        haproxy.start()

    return World(gateway, RealHands(stack, pid, restart), haproxy.config)


@asynccontextmanager
async def embedded_world(binary: Path) -> AsyncIterator[World]:
    """An HAProxy of our own."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(short_folder()) / "haproxy"
        config = full_config(folder)
        gateway = EmbeddedGateway(config, SystemClock(), binary=binary, stop_on_exit=True)
        await stack.enter_async_context(gateway)

        async def pid() -> int:
            return (await gateway.identity()).pid

        async def restart() -> None:
            before = await gateway.identity()
            os.kill(before.pid, signal.SIGKILL)
            await another_life(gateway, before.epoch)

        yield World(gateway, RealHands(stack, pid, restart), config)


async def another_life(gateway: Gateway, before: str, within: float = PATIENCE) -> str:
    """Wait until a gateway answers from another life of its process; returns that life's name."""
    async with asyncio.timeout(within):
        while True:
            with suppress(GatewayUnreachable):
                if (epoch := await gateway.epoch()) != before:
                    return epoch
            await asyncio.sleep(0.01)
