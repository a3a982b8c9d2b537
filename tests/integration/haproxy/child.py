"""A bot that starts HAProxy, opens a port, says so, and waits. Run by ``test_adoption``, and killed there."""

import asyncio
import sys
from ipaddress import ip_address
from pathlib import Path

from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.domain.route import PortRange
from core.domain.target import Endpoint, PodUid
from tests.integration.haproxy.hands import in_seconds, route_to

READY = "ready:"


async def main(binary: str, folder: str, first: str, last: str, target_port: str, seconds: str) -> None:
    config = GatewayConfig(ports=PortRange(int(first), int(last)), folder=Path(folder))
    endpoint = Endpoint(ip_address("127.0.0.1"), int(target_port), PodUid("uid"))
    async with EmbeddedGateway(config, SystemClock(), binary=Path(binary)) as gateway:
        route = route_to(endpoint, config.ports.first, in_seconds(float(seconds)))
        await gateway.apply(route)
        pid, until = (await gateway.identity()).pid, int(route.until.timestamp())
        print(f"{READY} {pid} {until}", flush=True)  # noqa: T201 - the test reads it, among lines of the log
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
