import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SKIPS: Final = """
import pytest

@pytest.fixture
def server() -> None:
    pytest.skip("no server")

@pytest.mark.skip(reason="no server")
def test_by_a_mark() -> None: ...

def test_inside() -> None:
    pytest.skip("no server")

def test_by_a_fixture(server: None) -> None: ...

@pytest.mark.xfail(reason="a known fault")
def test_that_is_expected_to_fail() -> None:
    assert False

def test_that_passes() -> None: ...
"""
SKIPS_ITSELF: Final = """
import pytest

pytest.skip("no server", allow_module_level=True)
"""


def run(folder: Path, content: str, *, require_all: bool) -> str:
    """Run pytest, with the hooks of this suite, on a suite of one file; returns what it printed."""
    (folder / "test_one.py").write_text(content)
    (folder / "pytest.ini").touch()
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini"), str(folder)]
    environment = os.environ | {"POD_PROXIER_REQUIRE_ALL_TESTS": "1" if require_all else ""}
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout


def last_line(output: str) -> str:
    return output.splitlines()[-1]


def test_skipped_tests_fail_the_run_that_requires_all(tmp_path: Path) -> None:
    output = run(tmp_path, SKIPS, require_all=True)

    for test in ("test_by_a_mark", "test_inside", "test_by_a_fixture"):
        assert f"test_one.py::{test} was skipped, and every test is required: " in output
    assert "1 failed, 1 passed, 1 xfailed, 2 errors in " in last_line(output)


def test_a_file_that_skips_itself_fails_the_run_that_requires_all(tmp_path: Path) -> None:
    output = run(tmp_path, SKIPS_ITSELF, require_all=True)

    assert "test_one.py was skipped, and every test is required: " in output
    assert "1 error in " in last_line(output)


@pytest.mark.parametrize(("content", "count"), [(SKIPS, 3), (SKIPS_ITSELF, 1)], ids=["tests", "file"])
def test_else_skipped_tests_are_told_at_the_end_with_what_to_do(tmp_path: Path, content: str, count: int) -> None:
    output = run(tmp_path, content, require_all=False)

    assert "run scripts/dev-tools to get what they need" in output
    assert output.count(": no server\n") == count + 1
    assert f"{count} skipped: no server\n" in output
    assert f"{count} skipped" in last_line(output)
