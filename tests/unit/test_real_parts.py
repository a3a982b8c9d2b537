import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.real_parts import KubeApi, StartFailed, free_port, free_ports, ports, running
from tests.real_parts.kubernetes import NOBODY
from tests.real_parts.ports import outside, own_share
from tests.real_parts.tools import DEV_TOOLS, parse_where

PYTHON = sys.executable


# --- ports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (32_768, 60_999, range(10_000, 32_768)),
        (1_024, 20_000, range(20_001, 65_536)),
        (49_152, 65_535, range(10_000, 49_152)),
        (1_024, 65_535, range(10_000, 65_536)),
        (10_100, 65_500, range(10_000, 65_536)),
    ],
)
def test_ports_come_from_the_longer_stretch_beside_the_ephemeral_ones(low: int, high: int, expected: range) -> None:
    assert outside(low, high) == expected


def test_workers_that_test_at_the_same_time_share_no_port() -> None:
    shares = [
        own_share(range(10_000, 10_101), {"PYTEST_XDIST_WORKER": f"gw{number}", "PYTEST_XDIST_WORKER_COUNT": "3"})
        for number in range(3)
    ]
    assert [len(share) for share in shares] == [33, 33, 33]
    assert len({port for share in shares for port in share}) == 99
    assert own_share(range(10_000, 10_101), {}) == range(10_000, 10_101)


def test_a_pool_of_free_ports_has_no_gap() -> None:
    ports = free_ports(20)

    assert list(ports) == list(range(ports[0], ports[0] + 20))


def test_a_run_that_needs_more_ports_than_there_are_gets_those_that_were_given_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "_given", {})
    monkeypatch.setattr(ports, "outside", lambda *_: range(20_000, 20_400))
    monkeypatch.setattr(ports, "_can_bind", lambda _: True)
    given = [free_ports(20) for _ in range(60)]
    assert all(list(block) == list(range(block[0], block[0] + 20)) for block in given)
    assert all(set(one).isdisjoint(other) for one, other in pairwise(given))


def test_no_port_is_given_twice() -> None:
    ports = [*free_ports(50), *free_ports(50, contiguous=False), *(free_port() for _ in range(50))]

    assert len(set(ports)) == 150


# --- where the tools are --------------------------------------------------------------------------------------------


def test_a_part_without_a_path_is_missing() -> None:
    assert parse_where("etcd=/usr/bin/etcd\nhaproxy=\n") == {"etcd": Path("/usr/bin/etcd"), "haproxy": None}


def where(**environment: str) -> dict[str, Path | None]:
    answer = subprocess.run(
        [DEV_TOOLS, "--where"], env=os.environ | environment, check=True, capture_output=True, text=True
    )
    return dict(parse_where(answer.stdout))


def test_every_part_is_told_even_when_nothing_is_there(tmp_path: Path) -> None:
    parts = ["kube-apiserver", "etcd", "openssl", "postgres", "haproxy", "helm", "chromium"]
    assert list(where(XDG_CACHE_HOME=str(tmp_path))) == parts


def executable(path: Path) -> Path:
    path.touch(mode=0o755)
    return path


def test_a_complete_folder_of_assets_comes_first(tmp_path: Path) -> None:
    kube_apiserver, etcd = executable(tmp_path / "kube-apiserver"), executable(tmp_path / "etcd")

    parts = where(KUBEBUILDER_ASSETS=str(tmp_path))

    assert (parts["kube-apiserver"], parts["etcd"]) == (kube_apiserver, etcd)


def test_half_a_folder_of_assets_is_not_used(tmp_path: Path) -> None:
    kube_apiserver = executable(tmp_path / "kube-apiserver")

    assert where(KUBEBUILDER_ASSETS=str(tmp_path))["kube-apiserver"] != kube_apiserver


# --- processes ------------------------------------------------------------------------------------------------------


def test_a_program_that_ends_at_once_shows_what_it_wrote(tmp_path: Path) -> None:
    command = [PYTHON, "-c", "raise SystemExit('no such flag')"]

    with (
        pytest.raises(StartFailed, match=r"(?s)ended with code 1.*no such flag"),
        running(command, log=tmp_path / "log", ready=lambda: False),
    ):
        pytest.fail("it never was ready")


def test_a_program_that_is_late_is_stopped(tmp_path: Path) -> None:
    command = [PYTHON, "-c", "import time; time.sleep(60)"]
    began = time.monotonic()

    with (
        pytest.raises(StartFailed, match=r"was not ready within 0\.3 s"),
        running(command, log=tmp_path / "log", ready=lambda: False, within=0.3),
    ):
        pytest.fail("it never was ready")

    assert time.monotonic() - began < 10


def test_a_program_runs_until_its_block_ends(tmp_path: Path) -> None:
    alive, ended = tmp_path / "alive", tmp_path / "ended"
    script = f"""
import pathlib, time
try:
    pathlib.Path({str(alive)!r}).touch()
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path({str(ended)!r}).touch()
"""

    with running([PYTHON, "-c", script], log=tmp_path / "log", ready=alive.exists):
        assert not ended.exists()

    assert ended.exists()


# --- kubeconfig -----------------------------------------------------------------------------------------------------


def test_a_kubeconfig_names_the_server_and_the_user(tmp_path: Path) -> None:
    api = KubeApi("https://127.0.0.1:1", tmp_path / "ca.crt", {NOBODY: "secret"}, tmp_path / "admin")

    content = yaml.safe_load(api.write_kubeconfig(tmp_path / "config", NOBODY).read_text())

    assert content["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:1"
    assert content["users"] == [{"name": NOBODY, "user": {"token": "secret"}}]
    assert content["current-context"] == content["contexts"][0]["name"]
