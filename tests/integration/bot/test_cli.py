"""The command line as people use it: a process, its exit code, and what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.commands.tree import GROUPS
from tests.real_parts import free_port


def pod_proxier(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    foreign = ("SLACK_", "POD_PROXIER_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | environment
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(command, env=own, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_every_verb() -> None:
    told = pod_proxier("--help")
    assert told.returncode == 0
    for verb in (verb for verbs in GROUPS.values() for verb in verbs):
        assert f"\n  {verb.name} " in told.stdout


def test_the_version_is_told() -> None:
    assert pod_proxier("--version").stdout.startswith("pod-proxier 0.")


@pytest.mark.parametrize("words", [("serve", "--prots", "1"), ("--prots", "1")])
def test_a_flag_that_is_not_there_is_answered_with_the_one_that_is_meant(words: tuple[str, ...]) -> None:
    told = pod_proxier(*words)
    assert told.returncode == 2
    assert "did you mean --ports?" in told.stderr
    assert "Traceback" not in told.stderr


def test_serve_without_tokens_says_which_and_how() -> None:
    told = pod_proxier("serve")
    assert told.returncode == 1
    assert "SLACK_BOT_TOKEN=xoxb-" in told.stderr
    assert "SLACK_APP_TOKEN=xapp-" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_policy_that_cannot_be_read_keeps_serve_from_starting_and_names_the_line(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("rules:\n  - namespaces: [payments]\n    aprovals: 1\n")
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    told = pod_proxier("serve", "--policy", str(policy), "--state-dir", str(tmp_path / "state"), **tokens)
    assert told.returncode == 1
    assert "line 3" in told.stderr
    assert "approvals" in told.stderr
    assert "Traceback" not in told.stderr


def test_an_example_of_several_lines_can_be_copied_as_it_stands(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text("- {namespace: payments, name: api-0, address: 127.0.0.1, ports: [5005]}\n")
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    told = pod_proxier("serve", "--inventory", str(inventory), "--state-dir", str(tmp_path / "state"), **tokens)
    assert told.returncode == 1
    assert "  - namespace: payments\n    name: api-0\n" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("verb", "flag"), [("serve", "--state-dir"), ("doctor", "--state-dir"), ("haproxy-config", "--write")]
)
def test_a_folder_that_haproxy_could_not_name_is_told_with_the_flag_to_change(
    tmp_path: Path, verb: str, flag: str
) -> None:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text("[]\n")
    settings = {"POD_PROXIER_INVENTORY": str(inventory), "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    told = pod_proxier(verb, flag, str(tmp_path / "two words"), **settings)
    assert told.returncode == 1
    assert f"choose another folder: {flag}" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("flag", ["--database-url", "--state-dir"])
def test_a_place_for_the_rows_that_cannot_be_had_is_told_with_the_flag_to_change(tmp_path: Path, flag: str) -> None:
    file = tmp_path / "file"
    file.touch()
    told = pod_proxier(
        "db", "upgrade", flag, {"--database-url": "mysql://root:geheim@db/x", "--state-dir": str(file)}[flag]
    )
    assert told.returncode == 1
    assert flag in told.stderr
    assert not any(word in told.stderr for word in ("Traceback", "geheim"))


def test_the_configuration_for_a_haproxy_of_ones_own_is_written_and_valid(tmp_path: Path, haproxy_wheel: Path) -> None:
    told = pod_proxier("haproxy-config", "--ports", "20000-20003", "--whoami-port", "20010", "--write", str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert {path.name for path in map(Path, told.stdout.split())} == {
        "haproxy.cfg",
        "gateway.lua",
        "allow.map",
        "until.map",
    }
    checked = subprocess.run(
        [haproxy_wheel, "-c", "-f", tmp_path / "haproxy.cfg"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = pod_proxier("haproxy-config", "--write", str(tmp_path / "nowhere"))
    assert told.returncode == 1
    assert "cannot write" in told.stderr


def test_a_reader_that_hangs_up_early_gets_no_traceback() -> None:
    command = f"{sys.executable} -m bot haproxy-config --ports 20000-29999 | head -n 1"
    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert told.stdout.startswith("# ----")
    assert told.stderr == ""


def test_the_manifest_is_yaml_with_the_request_url_over_http() -> None:
    url = "https://gw.example.com/slack/events"
    told = pod_proxier("slack-manifest", "--slack-transport", "http", "--url", url)
    assert told.returncode == 0
    assert yaml.safe_load(told.stdout)["settings"]["event_subscriptions"]["request_url"] == url


def test_a_request_url_that_slack_would_not_take_is_told_with_one_that_it_does() -> None:
    told = pod_proxier("slack-manifest", "--slack-transport", "http", "--url", "gw.example.com")
    assert told.returncode == 1
    assert told.stderr.endswith("for example --url https://YOUR-HOST/slack/events\n")


def test_the_database_is_migrated_and_asked_how_far_it_is(tmp_path: Path) -> None:
    folder = ("--state-dir", str(tmp_path / "state"))
    assert "at revision none" in pod_proxier("db", "revision", *folder).stdout
    assert pod_proxier("db", "upgrade", *folder).returncode == 0
    told = pod_proxier("db", "revision", *folder).stdout
    assert "None" not in told


def test_doctor_says_a_line_for_each_finding_and_fails_where_one_does(tmp_path: Path) -> None:
    inventory = tmp_path / "targets.yaml"
    inventory.write_text("[]\n")
    words = ("doctor", "--inventory", str(inventory), "--state-dir", str(tmp_path / "state"), "--ports", "20100-20101")
    told = pod_proxier(*words, "--advertise-host", "localhost")
    assert told.returncode == 1
    lines = told.stdout.splitlines()
    assert any(line.startswith("FAIL slack") for line in lines), told.stdout
    assert any(line.startswith("ok") and "cluster" in line for line in lines), told.stdout
    assert any(line.startswith("FAIL host") for line in lines), told.stdout


@pytest.mark.parametrize("what", ["upgrade", "revision"])
def test_a_database_that_cannot_be_reached_is_told_with_what_to_look_at(tmp_path: Path, what: str) -> None:
    url = f"postgresql://bot:geheim@127.0.0.1:{free_port()}/proxier"
    told = pod_proxier("db", what, "--database-url", url, "--state-dir", str(tmp_path / "state"))
    assert told.returncode == 1
    assert "the database does not answer" in told.stderr
    assert "--database-url names another" in told.stderr
    assert "geheim" not in told.stderr
    assert "Traceback" not in told.stderr
