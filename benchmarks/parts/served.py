"""The whole bot, ``python -m bot serve``, in a process of its own, with the local workspace for Slack."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.parts.haproxy import free_range
from benchmarks.parts.pod import NAMESPACE
from bot.workspace import NotSeenError, Workspace
from core.domain.route import PortRange

_PATIENCE: Final = 60.0
_POLICY: Final = f"""\
rules:
  - namespaces: [{NAMESPACE}]
    sources: ["127.0.0.0/8"]
    requesters: {{anyone: true, tokens: [{NAMESPACE}]}}
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a bot keeps its things, and what it is started with.

    Attributes:
        folder: private to it; its path leaves room for the name of a socket.
        ports: the listening ports.
        rest_port: of its own HTTP server.
        kubeconfig: of its cluster; ``None``: the targets of the inventory stand in for one.
    """

    folder: Path
    ports: PortRange
    rest_port: int
    kubeconfig: Path | None = None

    @property
    def database(self) -> Path:
        """Its SQLite file."""
        return self.folder / "state" / "pod-proxier.db"

    @property
    def inventory(self) -> Path:
        """The targets there are."""
        return self.folder / "inventory.yaml"

    @property
    def haproxy_socket(self) -> Path:
        """Of the HAProxy that it starts."""
        return self.folder / "state" / "haproxy" / "admin.sock"

    @property
    def log(self) -> Path:
        """All that it says."""
        return self.folder / "bot.log"

    def flags(self) -> list[str]:
        """For ``serve``."""
        flags = {
            "--state-dir": self.folder / "state",
            "--policy": self.folder / "policy.yaml",
            **({"--kubeconfig": self.kubeconfig} if self.kubeconfig else {"--inventory": self.inventory}),
            "--ports": self.ports,
            "--bind-addr": "127.0.0.1",
            "--advertise-host": "127.0.0.1",
            "--listen-port": self.rest_port,
            "--log-level": "warning",
        }
        return [str(word) for pair in flags.items() for word in pair]


def install(folder: Path, mappings: int, pod_port: int) -> Installation:
    """Write its files: as many pods as mappings, all of them behind one address."""
    entries = (
        f"- {{namespace: {NAMESPACE}, name: pod-{number}, address: 127.0.0.1, "
        f"ports: [{{name: debug, number: {pod_port}}}]}}\n"
        for number in range(mappings)
    )
    made = Installation(folder, free_range(mappings), free_range(1).first)
    made.inventory.write_text("".join(entries))
    (folder / "policy.yaml").write_text(_POLICY)
    (folder / "state").mkdir(mode=0o700)
    return made


@asynccontextmanager
async def serving(installation: Installation, workspace: Workspace, *more: str) -> AsyncIterator[int]:
    """Run the bot until the block ends; yields its process id, once Slack has reached it.

    HAProxy is left running, unless one of the flags says ``--stop-gateway``.
    """
    tokens = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_API_URL": workspace.api_url,
    }
    with installation.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            *installation.flags(),
            *more,
            env=os.environ | tokens,
            stdout=log,
            stderr=log,
        )
    try:
        await _connected(workspace, installation.log)
        yield process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _connected(workspace: Workspace, log: Path) -> None:
    try:
        await workspace.connected(1, within=_PATIENCE)
    except NotSeenError as exc:
        raise RuntimeError(f"the bot did not connect; it said:\n{_end_of(log)}") from exc


def _end_of(log: Path) -> str:
    return log.read_text()[-2000:]
