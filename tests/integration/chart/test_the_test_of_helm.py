"""What `helm test` runs, against a bot with the chart's own settings, policy, token and role."""

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from tests.integration.chart.charts import CHART, Chart, Object, Rendered, Values
from tests.integration.chart.clusters import ACCOUNT, Server, as_account
from tests.real_parts import KubeApi, free_port, free_ports, running

FOREIGN: Final = ("SLACK_", "POD_PROXIER_")


@dataclass(frozen=True, slots=True)
class Place:
    """What a container of the chart's pod would find around it."""

    rendered: Rendered
    namespace: str
    api: KubeApi
    folder: Path

    @property
    def rest_port(self) -> int:
        port: int = yaml.safe_load(self.rendered.settings)["listen-port"]
        return port

    def test(self) -> subprocess.CompletedProcess[str]:
        """Run it as its pod does."""
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
            command, env=clean_environment() | told | around, capture_output=True, text=True, timeout=60, check=False
        )


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def values_for(namespace: str, folder: Path) -> Values:
    """The chart's small variant, where paths and ports are this machine's."""
    first, *_, last = free_ports(4)
    rest, entry, entry_api = free_port(), free_port(), free_port()
    return {
        "gateway": {"kind": "embedded", "ports": f"{first}-{last}"},
        "allowedNamespaces": [namespace],
        "serviceAccount": "the-bot",
        "ports": {"adminPort": None, "podProxierPort": rest, "entryPort": entry, "entryApiPort": entry_api},
        "settings": {
            "state-dir": str(folder / "state"),
            "policy": str(folder / "policy.yaml"),
            "api-token-file": str(folder / "tokens.yaml"),
            "kubeconfig": str(folder / "kubeconfig"),
            "listen-addr": "127.0.0.1",
            "stop-gateway": True,
        },
        # in place of the rule for allowedNamespaces, which would count first in the namespace that is the bot's own
        "policy": {"content": {"rules": [{"namespaces": ["elsewhere"]}]}},
        "rbac": {"namespaces": [namespace]},
    }


@pytest.fixture
async def place(chart: Chart, kube_api: KubeApi, server: Server, tmp_path: Path) -> Place:
    namespace = f"infra-{token_hex(4)}"
    rendered = chart.render(values_for(namespace, tmp_path), namespace)
    await server.namespace(namespace)
    for kind in ("ServiceAccount", "Role", "RoleBinding"):
        await server.make(rendered.one(kind))
    token = await server.token("the-bot", namespace)
    as_account(kube_api, token).write_kubeconfig(tmp_path / "kubeconfig", ACCOUNT)
    shutil.copy(kube_api.ca_file, tmp_path / "ca.crt")
    for name, text in {
        "token": token,
        "settings.yaml": rendered.settings,
        "policy.yaml": rendered.policy,
        "tokens.yaml": rendered.secret("pod-proxier-tokens", "tokens.yaml"),
    }.items():
        (tmp_path / name).write_text(text)
    return Place(rendered, namespace, kube_api, tmp_path)


async def have_the_pod(server: Server, place: Place) -> None:
    """The pod of the Deployment, as a kubelet would have brought it up on this machine."""
    template = place.rendered.one("Deployment")["spec"]["template"]
    spec = {"containers": [{"name": "main", "image": "here"}], "nodeName": "node-1", "hostNetwork": True}
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "pod-proxier-5d4f",
            "namespace": place.namespace,
            "labels": template["metadata"]["labels"],
        },
        "spec": {**spec, "automountServiceAccountToken": False},
    }
    await server.make(pod)
    status = {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}
    answer = await server.client.patch(
        f"/api/v1/namespaces/{place.namespace}/pods/pod-proxier-5d4f/status",
        json={"status": {**status, "conditions": [{"type": "Ready", "status": "True"}]}},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.is_success


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.mark.usefixtures("haproxy_wheel")  # the bot starts it
async def test_it_opens_a_mapping_to_the_bot_itself(place: Place, server: Server) -> None:
    await have_the_pod(server, place)
    command = [sys.executable, "-m", "bot", "serve", "--config", str(place.folder / "settings.yaml")]
    with running(
        ["/usr/bin/env", f"PYTHONPATH={CHART.parent}", *command],
        log=place.folder / "bot.log",
        ready=lambda: is_ready(place.rest_port),
    ):
        told = await asyncio.to_thread(place.test)
    assert told.returncode == 0, f"{told.stderr}\n{(place.folder / 'bot.log').read_text()}"
    assert told.stdout == "m1 was opened, led to the bot, and is closed.\n"


async def test_it_says_which_step_failed(place: Place, server: Server) -> None:
    told = await asyncio.to_thread(place.test)
    assert (told.returncode, told.stderr) == (1, f"no pod with the label app=pod-proxier runs in {place.namespace}\n")
    await have_the_pod(server, place)
    told = await asyncio.to_thread(place.test)
    assert told.returncode == 1
    assert told.stderr.startswith(f"http://127.0.0.1:{place.rest_port}/api/v2/mappings: ")
    assert "Traceback" not in told.stderr
