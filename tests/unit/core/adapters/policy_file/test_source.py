import asyncio
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core import watched_file
from core.adapters.policy_file import BadPolicy, PolicySource, default_policy
from core.adapters.policy_file import source as looking
from core.domain.policy import Policy

OFTEN = timedelta(milliseconds=5)
MOST = timedelta(hours=3)


def policy(namespace: str) -> str:
    return f"rules: [{{namespaces: [{namespace}]}}]\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(policy("before"))
    return file


def write(path: Path, text: str) -> None:
    path.write_text(text)


def remove(path: Path) -> None:
    path.unlink()


def put_in_place_of(path: Path, text: str) -> None:
    """Put another file there, of the same size and age."""
    stamp, other = path.stat().st_mtime_ns, path.parent / "next"
    other.write_text(text)
    os.utime(other, ns=(stamp, stamp))
    other.replace(path)


def source(path: Path | None) -> PolicySource:
    return PolicySource(path, ("default",), MOST, every=OFTEN)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a file changes; there is nothing to wait on
            await asyncio.sleep(0.005)


def test_it_gives_what_the_file_says(path: Path) -> None:
    assert source(path)().rule_for("before")


def test_without_a_file_it_gives_the_default() -> None:
    assert source(None)() == default_policy(("default",), MOST)


def test_a_bad_file_is_no_way_to_begin(path: Path) -> None:
    path.write_text("rules: 1")
    with pytest.raises(BadPolicy):
        source(path)


async def test_a_change_is_in_force_soon(path: Path) -> None:
    async with source(path) as policies:
        write(path, policy("after"))
        await until(lambda: policies().rule_for("after"))
        assert policies().rule_for("before") is None


async def test_a_file_that_took_the_place_of_another_is_read(path: Path) -> None:
    async with source(path) as policies:
        put_in_place_of(path, policy("behind"))
        await until(lambda: policies().rule_for("behind"))


async def test_a_bad_file_changes_nothing_and_says_why_until_it_is_right(path: Path) -> None:
    with capture_logs() as logs:
        async with source(path) as policies:
            write(path, "rules: [{namespaces: [after], aprovals: 1}]")
            await until(lambda: policies.trouble)
            assert policies().rule_for("before")
            assert "did you mean approvals?" in policies.trouble
            assert "stays in force" in policies.trouble
            write(path, policy("after"))
            await until(lambda: policies().rule_for("after"))
            assert policies.trouble == ""
    assert [(entry["event"], entry["log_level"]) for entry in logs if entry["event"] != "policy.read"] == [
        ("policy.refused", "error")
    ]


async def test_a_file_that_is_gone_changes_nothing_and_says_so(path: Path) -> None:
    async with source(path) as policies:
        remove(path)
        await until(lambda: "cannot be read" in policies.trouble)
        assert policies().rule_for("before")
        write(path, policy("back"))
        await until(lambda: policies().rule_for("back"))


async def test_a_file_that_is_being_written_is_not_read_before_it_is_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ["rules:\n", "- namespaces: [after]\n", "  approvals: 2\n", "  approvers: {users: [UBOB0001]}\n"]
    look = watched_file._version

    def look_and_write(file: Path) -> object:
        found = look(file)
        if parts:
            with file.open("a") as writing:
                writing.write(parts.pop(0))
        return found

    with capture_logs() as logs:
        async with source(path) as policies:
            monkeypatch.setattr(watched_file, "_version", look_and_write)
            write(path, "")
            await until(lambda: policies().rule_for("after"))
            rule = policies().rule_for("after")
    assert rule is not None
    assert not rule.approvers.anyone
    assert [entry["event"] for entry in logs] == ["policy.read"]


async def test_a_defect_of_ours_changes_nothing_and_does_not_end_the_looking(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> Policy:
        raise ZeroDivisionError

    async with source(path) as policies:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(looking, "load_policy", broken)
            write(path, policy("lost"))
            await until(lambda: "ZeroDivisionError" in policies.trouble)
            assert policies().rule_for("before")
        write(path, policy("after"))
        await until(lambda: policies().rule_for("after"))
        assert policies.trouble == ""


async def test_without_a_file_there_is_nothing_to_look_at() -> None:
    async with source(None) as policies:
        assert policies() == default_policy(("default",), MOST)
