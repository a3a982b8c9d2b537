"""A bot that is started as the previous service's README says, without Slack, on a real API server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from bot.demo.process import BotProcess
from tests.e2e.haproxy import end_all
from tests.e2e.rig import PATIENCE
from tests.real_parts import KubeApi, free_port, free_ports

NAMESPACE: Final = "default"
STARTS_WITHIN: Final = 3 * PATIENCE
"""Seconds for a bot of a dozen parts to be ready, on a machine with other things to do."""
PORT_NAME: Final = "jprofiler-tcp"
TOKEN: Final = "the-token-of-a-script-0123456789"
TOKENS: Final = f"- {{name: script, token: {TOKEN}, scopes: [read, request]}}\n"
_MERGE: Final = {"Content-Type": "application/merge-patch+json"}
_RUNNING: Final = {
    "phase": "Running",
    "podIP": "127.0.0.1",
    "podIPs": [{"ip": "127.0.0.1"}],
    "conditions": [{"type": "Ready", "status": "True"}],
}


@dataclass
class Previous:
    """One machine with a bot on it, as it was run before."""

    folder: Path
    api: KubeApi
    cluster: httpx.AsyncClient
    rest_port: int = field(default_factory=free_port)
    entry_port: int = field(default_factory=free_port)
    entry_api: int = field(default_factory=free_port)
    services: tuple[int, ...] = field(default_factory=lambda: free_ports(4))
    ports: tuple[int, ...] = field(default_factory=lambda: free_ports(4))

    def flags(self) -> dict[str, object]:
        """The README's own command line, and behind it what keeps two tests from each other."""
        own = {
            "--kubeconfig": self.api.kubeconfig,
            "--enable-v1": True,
            "--enable-v2": True,
            "--listen-port": self.rest_port,
            "--api-addr": "http://127.0.0.1:5555",
            "--default-map-port": self.entry_port,
            "--port-range-start": self.services[0],
            "--port-range-end": self.services[-1],
            "--allowed-namespaces": NAMESPACE,
            "--max-mapping-time": 10_800,
        }
        ours = {
            "--state-dir": self.folder / "state",
            "--ports": f"{self.ports[0]}-{self.ports[-1]}",
            "--bind-addr": "127.0.0.1",
            "--entry-api": f"127.0.0.1:{self.entry_api}",
            "--advertise-host": "127.0.0.1",
        }
        return own | ours

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[BotProcess]:
        """Run it until the block ends; its HAProxy goes on until the test does."""
        process = BotProcess(self.flags(), {}, self.folder / "bot.log", ("-m", "bot"))
        try:
            await self.start(process)
            yield process
        except BaseException:
            print(process.log_tail(80))  # noqa: T201 - pytest shows it with the failure
            raise
        finally:
            await process.stop()

    async def start(self, process: BotProcess, *extra: str) -> None:
        """Start it, and wait until it is ready."""
        await process.start(*extra)
        async with asyncio.timeout(STARTS_WITHIN):
            while not await self._is_ready():  # noqa: ASYNC110 - another process becomes ready, not this one
                await asyncio.sleep(0.1)

    async def _is_ready(self) -> bool:
        try:
            answer = await self.ask("GET", "/ready")
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()["checks"]["engine"]["detail"] == "converges"

    async def ask(self, method: str, path: str, *, by_entry: bool = False, **how: Any) -> httpx.Response:
        """Call the API, by its own port or by the entry port."""
        port = self.entry_port if by_entry else self.rest_port
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            return await client.request(method, path, **how)

    async def post(self, pod: str, **fields: Any) -> dict[str, Any]:
        """Do what scripts do."""
        answer = await self.ask("POST", "/api/v1/mapping", json={"pod_name": f"{NAMESPACE}/{pod}", **fields})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @asynccontextmanager
    async def pod(self, name: str, port: int) -> AsyncIterator[None]:
        """Have a pod in the cluster that is reached at 127.0.0.1."""
        pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
        container = {"name": "app", "image": "none", "ports": [{"name": PORT_NAME, "containerPort": port}]}
        spec = {"nodeName": "none", "automountServiceAccountToken": False, "containers": [container]}
        pod = {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}
        (await self.cluster.post(pods, json=pod)).raise_for_status()
        try:
            status = {"status": _RUNNING}
            (await self.cluster.patch(f"{pods}/{name}/status", json=status, headers=_MERGE)).raise_for_status()
            yield
        finally:
            await self.cluster.delete(f"{pods}/{name}", params={"gracePeriodSeconds": "0"})

    @asynccontextmanager
    async def service(self, name: str, port: int) -> AsyncIterator[str]:
        """Have a Service in the cluster with a port named ``debug``; yields its address."""
        services = f"/api/v1/namespaces/{NAMESPACE}/services"
        spec = {"ports": [{"name": "debug", "port": port}], "selector": {"app": name}}
        made = await self.cluster.post(services, json={"metadata": {"name": name}, "spec": spec})
        made.raise_for_status()
        try:
            yield str(made.json()["spec"]["clusterIP"])
        finally:
            await self.cluster.delete(f"{services}/{name}")

    async def standing(self) -> dict[str, dict[str, Any]]:
        """The standing ports by Service, as REST v2 tells of them."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = await self.ask("GET", "/api/v2/services", headers=headers)
        return {item["name"]: item for item in answer.json()["items"]}

    async def until_standing(self, *names: str) -> dict[str, dict[str, Any]]:
        """Wait until these Services, and no others, have ports."""
        found: dict[str, dict[str, Any]] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while set(found := await self.standing()) != set(names):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"in the end there are {sorted(found)}") from None
        return found


@asynccontextmanager
async def previous_in(folder: Path, api: KubeApi) -> AsyncIterator[Previous]:
    """Set everything up but the bot."""
    async with AsyncExitStack() as stack:
        stack.callback(end_all, folder)
        yield Previous(folder, api, await stack.enter_async_context(api.client()))
