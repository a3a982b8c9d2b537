"""What HAProxy really does, for the page beside the local workspace: asked of HAProxy, not of the bot."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.demo.caller import Caller
from bot.gateways import running_gateway
from bot.settings import Settings
from core.adapters.clock import SystemClock
from core.domain.errors import GatewayError
from core.domain.route import PortRange, Slot
from core.interfaces import Gateway


class Panel:
    """The open ports, as the gateway itself says."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def ports(self) -> Sequence[dict[str, Any]]:
        """List what is open: where it leads, who may connect, what went through, until when (seconds since 1970).

        A gateway that is not there has nothing open.
        """
        try:
            observed = await self._gateway.observe()
            return [await self._told(slot) for slot in observed.slots.values() if slot.address is not None]
        except GatewayError:
            return []

    async def _told(self, slot: Slot) -> dict[str, Any]:
        usage = await self._gateway.usage(slot.port)
        return {
            "port": slot.port,
            "address": f"{slot.address}:{slot.target_port}",
            "sources": [str(network) for network in slot.sources.networks] if slot.sources else [],
            "until": slot.until.timestamp() if slot.until else 0,
            "sessions": slot.sessions,
            "connections": usage.connections,
            "bytes_in": usage.bytes_in,
            "bytes_out": usage.bytes_out,
        }

    async def send(self, port: int, line: str) -> str:
        """Connect to a port, send a line, and return the pod's answer to it; else say how it ended."""
        try:
            caller = await Caller.connect(port)
        except OSError as exc:
            return f"(not connected: {exc.strerror})"
        try:
            greeting = await caller.line()
            return await caller.says(line) if greeting else "(hung up at once)"
        except TimeoutError:
            return "(no answer)"
        finally:
            with suppress(OSError):
                await caller.hang_up()


@asynccontextmanager
async def panel_of(state_dir: Path, ports: PortRange) -> AsyncIterator[Panel]:
    """Look at the HAProxy that a bot with this state directory keeps."""
    async with running_gateway(Settings(state_dir=state_dir, ports=ports), SystemClock()) as gateway:
        yield Panel(gateway)
