"""HAProxy processes as somebody else would run them."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from core.adapters.haproxy.addresses import TcpAddress
from core.adapters.haproxy.configuration import Checks, Entry, GatewayConfig
from core.adapters.haproxy.dataplane.rendering import PASSWORD_VARIABLE, ApiPlace, dataplaneapi_yml, files_with_api
from core.adapters.haproxy.rendering import render
from core.domain.route import PortRange
from tests.dataplane_standin import PASSWORD
from tests.real_parts import free_port, free_ports, running

PORTS: Final = 20
SERVICES: Final = 2
CHECKED_EVERY: Final = timedelta(milliseconds=100)
_NO_RELOAD: Final = "reload_cmd: 'false'\n    restart_cmd: 'false'"
"""Nothing of ours may reload HAProxy; the API wants the commands all the same."""
QUICK: Final = timedelta(seconds=1)
"""How long a probe waits in tests; half as long as usual."""


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name; pytest's own are too long on some systems."""
    folder = Path(tempfile.mkdtemp(prefix="pp-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def free_range(count: int = PORTS) -> PortRange:
    ports = free_ports(count)
    return PortRange(ports[0], ports[-1])


def config_of_all_ports(folder: Path, first: int, api: int) -> GatewayConfig:
    """Mappings' ports from the first on, then the entry port, then those of Services."""
    entry, last = first + PORTS, first + PORTS + SERVICES
    return GatewayConfig(
        ports=PortRange(first, entry - 1),
        entry=Entry(entry, TcpAddress(IPv4Address("127.0.0.1"), api)),
        services=PortRange(entry + 1, last),
        checks=Checks(CHECKED_EVERY, QUICK),
        folder=folder,
        probe_timeout=QUICK,
    )


def full_config(folder: Path) -> GatewayConfig:
    """Ports of every kind, all of them free."""
    return config_of_all_ports(folder, free_range(PORTS + 1 + SERVICES).first, free_port())


async def freeze(pid: int) -> None:
    """Stop a process, and wait until the last of its threads has noticed (Linux)."""
    os.kill(pid, signal.SIGSTOP)
    while not _all_stopped(pid):  # noqa: ASYNC110 - the kernel tells nobody but the parent
        await asyncio.sleep(0.001)


def _all_stopped(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)


def write_files(config: GatewayConfig) -> None:
    rendered = render(config)
    config.haproxy_cfg.write_text(rendered.haproxy_cfg)
    config.lua.write_text(rendered.lua)
    config.allow_map.touch()
    config.until_map.touch()


def write_files_with_api(config: GatewayConfig, api: str = "http://127.0.0.1:5555") -> None:
    for path, text in files_with_api(config, ApiPlace(api, "admin")).items():
        path.write_text(text)


@dataclass
class ForeignHaproxy:
    """An HAProxy that runs our configuration and is not ours to start or stop."""

    binary: Path
    config: GatewayConfig
    _process: AbstractContextManager[None] | None = field(default=None, init=False)

    def start(self) -> None:
        command: list[str | Path] = [self.binary, "-db", "-f", self.config.haproxy_cfg]
        self._process = running(command, log=self.config.folder / "haproxy.log", ready=self._answers)
        self._process.__enter__()

    def stop(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.__exit__(None, None, None)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.config.folder / "admin.sock")) == 0


@contextmanager
def foreign_haproxy(
    binary: Path, ports: PortRange | None = None, write: Callable[[GatewayConfig], None] = write_files
) -> Iterator[ForeignHaproxy]:
    """One with ports of every kind, or with these for mappings alone."""
    with short_folder() as folder:
        alone = ports and GatewayConfig(ports=ports, folder=folder, probe_timeout=QUICK)
        config = alone or full_config(folder)
        write(config)
        with running_haproxy(binary, config) as haproxy:
            yield haproxy


@contextmanager
def running_haproxy(binary: Path, config: GatewayConfig) -> Iterator[ForeignHaproxy]:
    """One whose files are written already."""
    haproxy = ForeignHaproxy(binary, config)
    haproxy.start()
    try:
        yield haproxy
    finally:
        haproxy.stop()


# -- the Data Plane API itself -----------------------------------------------------------------------------------------


@contextmanager
def password_in_the_environment() -> Iterator[None]:
    """What HAProxy and the API read the password from; no test runs beside another one."""
    os.environ[PASSWORD_VARIABLE] = PASSWORD
    try:
        yield
    finally:
        del os.environ[PASSWORD_VARIABLE]


@contextmanager
def running_api(program: Path, haproxy: ForeignHaproxy, url: str) -> Iterator[None]:
    """Run the API with the file that is printed for it; only the path of HAProxy, which checks files, is ours."""
    config, (host, port) = haproxy.config, url.removeprefix("http://").split(":")
    file = dataplaneapi_yml(config)
    text = file.read_text().replace("haproxy_bin: haproxy", f"haproxy_bin: {haproxy.binary}")
    file.write_text(text.replace("reload_strategy: systemd", f"reload_strategy: custom\n    {_NO_RELOAD}"))

    def answers() -> bool:
        with socket.socket() as client:
            return client.connect_ex((host, int(port))) == 0

    with running([program, "-f", file], log=config.folder / "dataplaneapi.log", ready=answers):
        yield
