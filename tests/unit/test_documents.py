"""The documents keep to the program: what they name is there."""

import argparse
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bot.api.tokens import TokenSource
from bot.api.tokens.errors import BadTokens
from bot.commands.tree import parser_of
from bot.settings import load
from core.adapters.kubernetes.inventory_file import parse
from core.adapters.metrics import PrometheusMetrics
from core.domain.target import PodRef

ROOT = Path(__file__).parents[2]
TOLD = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SOURCES = [path for folder in ("bot", "core") for path in (ROOT / folder).rglob("*.py")]
FOLDERS = ("benchmarks", "bot", "core", "docs", "helm", "migrations", "scripts", "tests", ".ci")


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def in_backticks(text: str, pattern: str) -> list[str]:
    return [found for found in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(pattern, found)]


def block(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", OPERATIONS, re.DOTALL)
    return str(next(text for text in blocks if containing in text))


def in_the_tree(text: str) -> Iterator[Path]:
    """The entries of the tree in docs/architecture.md; what is told of them may go on below."""
    folder = ROOT
    for line in text.splitlines():
        indent, names = re.split(r"(?=\S)", line, maxsplit=1)
        for name in re.split(r"\s{2,}", names)[0].split(", ") if len(indent) <= len("  ") else ():
            folder = folder if indent else ROOT / name
            yield folder / name if indent else folder


def flags() -> Iterator[str]:
    parsers: list[argparse.ArgumentParser] = [parser_of()]
    for parser in parsers:
        for action in parser._actions:
            yield from action.option_strings
            parsers += action.choices.values() if isinstance(action, argparse._SubParsersAction) else []


@pytest.fixture(scope="module")
def tree() -> frozenset[str]:
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return frozenset("/" + str(path.relative_to(ROOT)) for path in [*ROOT.iterdir(), *below])


@pytest.mark.parametrize("document", TOLD, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", document.read_text())
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", TOLD, ids=named)
def test_every_file_that_is_named_is_there(document: Path, tree: frozenset[str]) -> None:
    words = in_backticks(document.read_text(), r"[\w./-]+/[\w.-]+|[\w-]+\.py")
    paths = [f"/{word}" for word in words if word[0] not in "/~." and not word.startswith("payments/")]
    assert [path for path in paths if not any(there.endswith(path) for there in tree)] == []


def test_the_tree_shows_what_is_there() -> None:
    section = (ROOT / "docs" / "architecture.md").read_text().split("## Where things are")[1]
    entries = list(in_the_tree(section.split("```")[1].strip()))
    assert ROOT / "core" / "domain" in entries
    assert [path for path in entries if not path.exists() and not path.with_suffix(".py").exists()] == []


@pytest.mark.parametrize("document", ["README.md", "docs/cli.md", "docs/operations.md", "docs/slack.md"])
def test_every_flag_that_is_named_can_be_given(document: str) -> None:
    words = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", (ROOT / document).read_text()))
    assert words - set(flags()) == set()


def test_every_event_that_is_named_is_logged() -> None:
    section = OPERATIONS.split("| event | tells |")[1].split("\n\n")[0]
    source = "".join(path.read_text() for path in SOURCES)
    events = in_backticks(section, r"[a-z]+\.[a-z_]+")
    assert events
    assert [event for event in events if f'"{event}"' not in source] == []


def test_everything_that_the_log_warns_of_is_told() -> None:
    section = OPERATIONS.split("| event | tells |")[1].split("\n\n")[0]
    endings = ("broke", "storage_unavailable")
    logged = {
        event for path in SOURCES for event in re.findall(r'\.(?:warning|error)\(\s*"(\w+\.\w+)"', path.read_text())
    }
    assert logged
    untold = sorted(event for event in logged if f"`{event}`" not in section and not event.endswith(endings))
    assert untold == [], "give each a line in docs/operations.md, in the table of events"


def test_every_alert_is_told_and_looks_at_figures_that_are_there() -> None:
    alerts = (ROOT / "helm" / "files" / "alerts.yaml").read_text()
    told = re.findall(r"^\| `(PodProxier\w+)`", OPERATIONS, re.MULTILINE)
    assert told == re.findall(r"- alert: (\w+)", alerts)
    for text in (alerts, (ROOT / "helm" / "files" / "dashboard.json").read_text()):
        assert set(re.findall(r"pod_proxier_\w+", text)) <= figures()


def figures() -> set[str]:
    """Every name that a query may use."""
    registry = CollectorRegistry()
    PrometheusMetrics(registry)
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {metric.name + ending for metric in registry.collect() for ending in endings[metric.type]}


def test_every_figure_is_told_and_no_other() -> None:
    registry = CollectorRegistry()
    PrometheusMetrics(registry)
    told = {name.removesuffix("_total") for name in re.findall(r"`(pod_proxier_\w+)", OPERATIONS)}
    assert told == {metric.name for metric in registry.collect()}


def test_the_previous_services_own_command_line_works_as_it_is_shown() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (shown,) = (text for text in blocks if "--max-mapping-time" in text)
    settings = load(shlex.split(shown.replace("\\\n", ""))[1:], {"HOME": "/home/alice"})
    assert (settings.enable_v1, settings.enable_v2, settings.gateway) == (True, True, "embedded")
    assert settings.runs_without_slack


def test_the_settings_that_are_shown_can_be_used(tmp_path: Path) -> None:
    shown = tmp_path / "settings.yaml"
    shown.write_text(block("yaml", "state-dir:"))
    assert load(["--config", str(shown)], {}).advertise_host == "gw.example.com"


def test_the_inventory_that_is_shown_can_be_read(tmp_path: Path) -> None:
    pods = parse(block("yaml", "address:"), tmp_path)
    assert pods[PodRef("payments", "api-0")].address == ip_address("127.0.0.1")


def test_the_tokens_that_are_shown_can_be_used(tmp_path: Path) -> None:
    shown = tmp_path / "tokens.yaml"
    shown.write_text(block("yaml", "sha256:"))
    with pytest.raises(BadTokens, match="short enough to be guessed"):  # nobody's token may be one that is printed
        TokenSource(shown)
    shown.write_text(block("yaml", "sha256:").replace("THE-TOKEN", "a-token-of-ones-own-0123"))
    assert TokenSource(shown).find("a-token-of-ones-own-0123") is not None


def test_a_backup_is_whole_while_the_program_runs(tmp_path: Path) -> None:
    script, source, target = tmp_path / "backup.py", tmp_path / "pod-proxier.db", tmp_path / "backup.db"
    script.write_text(block("python", "source.backup"))
    with closing(sqlite3.connect(source)) as running:
        running.execute("PRAGMA journal_mode=WAL")
        with running:
            running.execute("CREATE TABLE mappings AS SELECT 42 AS id")
        subprocess.run([sys.executable, script, source, target], check=True)
    with closing(sqlite3.connect(target)) as backup:
        assert backup.execute("SELECT id FROM mappings").fetchall() == [(42,)]
