"""What a container of the chart's pod finds around it, on this machine."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import yaml

from bot.demo.process import BotProcess
from tests.integration.chart.charts import Chart, Object, Rendered, Values
from tests.integration.chart.clusters import ACCOUNT, Server, as_account
from tests.real_parts import KubeApi, free_ports, running
from tests.real_parts.processes import run_to_the_end

PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """The chart's objects in a namespace of the server, and its files in a folder.

    Attributes:
        team: a namespace that V1 may open.
    """

    rendered: Rendered
    namespace: str
    team: str
    api: KubeApi
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = yaml.safe_load(self.rendered.settings)
        return settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['listen-port']}"

    def bot(self) -> BotProcess:
        return BotProcess({"--config": self.folder / "settings.yaml"}, {}, self.folder / "bot.log")

    @asynccontextmanager
    async def running_bot(self) -> AsyncIterator[BotProcess]:
        bot = self.bot()
        await bot.start()
        try:
            await self.until_ready(bot)
            yield bot
        finally:
            await bot.stop()

    async def until_ready(self, bot: BotProcess) -> None:
        try:
            async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
                while not await is_ready(client, self.url):  # noqa: ASYNC110 - nothing tells when it comes true
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(bot.log_tail()) from None

    def write_gateway(self) -> None:
        """What the init container does."""
        run_to_the_end(
            [sys.executable, "-m", "bot", *self._words("configuration"), "--config", self.folder / "settings.yaml"],
            log=self.folder / "configuration.log",
        )

    @contextmanager
    def running_haproxy(self, binary: Path) -> Iterator[None]:
        """What HAProxy's container does; the password is in the environment."""
        command: list[str | Path] = [binary, *self._words("pod-proxier-ints")]
        with running(command, log=self.folder / "haproxy.log", ready=(self.folder / "admin.sock").exists):
            yield

    def test(self) -> subprocess.CompletedProcess[str]:
        """What the pod of `helm test` does."""
        pod = self.rendered.one("Pod")["spec"]["containers"][0]
        server = urlsplit(self.api.url)
        told = {one["name"]: one["value"] for one in pod["env"] if "value" in one}
        (key,) = (one["valueFrom"]["secretKeyRef"]["key"] for one in pod["env"] if "valueFrom" in one)
        around = {
            "TOKEN": self.rendered.secret("pod-proxier-tokens", key),
            "ACCOUNT": str(self.folder),
            "KUBERNETES_SERVICE_HOST": str(server.hostname),
            "KUBERNETES_SERVICE_PORT": str(server.port),
        }
        command = [sys.executable, *pod["command"][1:], *pod["args"]]
        return subprocess.run(
            command, env=os.environ | told | around, capture_output=True, text=True, timeout=60, check=False
        )

    def token(self) -> dict[str, str]:
        """The header that the chart's own token makes."""
        return {"Authorization": f"Bearer {self.rendered.secret('pod-proxier-tokens', 'token')}"}

    def _words(self, container: str) -> list[str | Path]:
        words = self.rendered.containers()[container]["args"]
        return [word.replace("/etc/haproxy", str(self.folder)) for word in words]


async def is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/ready")).is_success
    except httpx.TransportError:
        return False


def values_for(kind: str, namespace: str, team: str, folder: Path) -> Values:
    """A variant of the chart, where paths and ports are this machine's."""
    first, *_, last = free_ports(4)
    start, *_, end = free_ports(3)
    names = ("podProxierPort", "entryPort", "entryApiPort", "dataPlanPort")
    return {
        "gateway": {"kind": kind, "ports": f"{first}-{last}"},
        "allowedNamespaces": [team],
        "v2": {"enabled": True, "portRange": {"start": start, "end": end}},
        "serviceAccount": f"bot-of-{namespace}",
        "ports": {"adminPort": None, **dict(zip(names, free_ports(4), strict=True))},
        "settings": {
            "state-dir": str(folder / "state"),
            "policy": str(folder / "policy.yaml"),
            "api-token-file": str(folder / "tokens.yaml"),
            "kubeconfig": str(folder / "kubeconfig"),
            "listen-addr": "127.0.0.1",
            "bind-addr": "127.0.0.1",
            "advertise-host": "127.0.0.1",
            **({"stop-gateway": True} if kind == "embedded" else {"api-password-file": str(folder / "password")}),
        },
    }


async def installed(chart: Chart, api: KubeApi, server: Server, kind: str, folder: Path) -> Place:
    """Install the chart, as far as a cluster without nodes can have it, and have its files in the folder."""
    namespace, team = f"infra-{token_hex(4)}", f"team-{token_hex(4)}"
    rendered = chart.render(values_for(kind, namespace, team, folder), namespace)
    for name in (namespace, team):
        await server.namespace(name)
    for one in ("ServiceAccount", "Role", "RoleBinding"):
        for found in rendered.of(one):
            await server.make(found)
    token = await server.token(rendered.pod["serviceAccountName"], namespace)
    as_account(api, token).write_kubeconfig(folder / "kubeconfig", ACCOUNT)
    shutil.copy(api.ca_file, folder / "ca.crt")
    files = {"token": token, "settings.yaml": rendered.settings, "policy.yaml": rendered.policy}
    files["tokens.yaml"] = rendered.secret("pod-proxier-tokens", "tokens.yaml")
    if kind == "dataplane":
        files["password"] = rendered.secret("pod-proxier-gateway", "password")
    for name, text in files.items():
        (folder / name).write_text(text)
    return Place(rendered, namespace, team, api, folder)


async def have_the_pod(server: Server, place: Place) -> None:
    """The pod of the Deployment, as a kubelet would have brought it up on this machine."""
    template = place.rendered.one("Deployment")["spec"]["template"]
    named = {"name": "pod-proxier-5d4f", "namespace": place.namespace, "labels": template["metadata"]["labels"]}
    spec = {"containers": [{"name": "main", "image": "here"}], "nodeName": "node-1", "hostNetwork": True}
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": named,
        "spec": {**spec, "automountServiceAccountToken": False},
    }
    await server.make(pod)
    status = {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}
    answer = await server.client.patch(
        f"/api/v1/namespaces/{place.namespace}/pods/pod-proxier-5d4f/status",
        json={"status": {**status, "conditions": [{"type": "Ready", "status": "True"}]}},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.is_success, answer.text
