"""The engine with standing ports, on a real SQLite file; the cluster alone is played."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from benchmarks.parts.bot import POLICY
from benchmarks.parts.pod import LOOPBACK, NAMESPACE, GreetingPod
from bot.settings import load
from core.adapters.clock import SystemClock
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.metrics import MemoryMetrics
from core.adapters.memory.services import PORT_NAME, MemoryServices
from core.adapters.scheduler import ApScheduler
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import PortRange
from core.domain.service import Service, ServiceRef, ServiceUid
from core.domain.standing import Grounds
from core.domain.target import Endpoint, PodUid
from core.interfaces import Gateway
from core.services.engine import Engine
from core.services.leadership import Leadership
from core.services.reconciler import Reconciler
from core.services.service_ports import ServicePorts
from core.services.standing import Standing
from core.services.standing_rows import StandingRows
from core.services.timers import Timers
from core.services.transactions import Bell, Transactions
from core.services.watching import Watching


def service(number: int, pod: GreetingPod) -> Service:
    """One of as many Services as are wanted, all of them in front of one pod."""
    uid = f"uid-{number}"
    endpoint = Endpoint(LOOPBACK, pod.port, PodUid(uid))
    return Service(ServiceRef(NAMESPACE, f"service-{number}"), ServiceUid(uid), endpoint)


@asynccontextmanager
async def standing(database: Path, gateway: Gateway, ports: PortRange, services: MemoryServices) -> AsyncIterator[None]:
    """Run the engine for as long as the block lasts, as ``serve --enable-v2`` does."""
    url, metrics, rows = f"sqlite:///{database}", MemoryMetrics(), StandingRows()
    await migrate.upgrade(url)
    batch = load([], {}).max_batch_size
    grounds = Grounds(ports, frozenset({NAMESPACE}), PRIVATE_NETWORKS)
    duty = Standing(services, rows, grounds, metrics, port_name=PORT_NAME, batch=batch)
    scheduler = ApScheduler(lambda mapping_id: timers.due(mapping_id))  # noqa: PLW0108 - made below
    timers = Timers(scheduler, metrics)
    async with Database(url) as sql, scheduler:
        transactions = Transactions(sql.storage, SystemClock(), Bell())
        reconciler = Reconciler(gateway, lambda: POLICY, metrics, ServicePorts(gateway, rows, grounds, batch))
        parts = (reconciler, timers, Watching(MemoryCluster()))
        engine = Engine(transactions, Leadership(sql.lease, "benchmarks"), sql.changes, parts, [duty.run])
        running = asyncio.create_task(engine.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
