"""Completion by the shell itself."""

import subprocess
from pathlib import Path

import pytest

from bot.commands.client import SHELLS
from bot.commands.completion import completion
from bot.commands.tree import GROUPS, parser_of

_COMPLETE = """\
source {script}
words=("$@")
COMP_WORDS=(pod-proxier "${{words[@]}}") COMP_CWORD=$#
_shtab_pod_proxier pod-proxier "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = tmp_path_factory.mktemp("completion") / "pod-proxier.bash"
    script.write_text(completion(parser_of(), "bash"))
    return script


def completed(script: Path, *words: str) -> list[str]:
    command = ["bash", "-c", _COMPLETE.format(script=script), "bash", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_can_read_it(bash: Path) -> None:
    assert subprocess.run(["bash", "-n", bash], capture_output=True, timeout=30, check=True).stderr == b""


def test_bash_completes_the_verbs(bash: Path) -> None:
    assert completed(bash, "") == [verb.name for group in GROUPS.values() for verb in group]
    assert completed(bash, "ex") == ["extend"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("open", "payments/api-0", "--out"), ["--output"]),
        (("open", "payments/api-0", "--output", "j"), ["json"]),
        (("list", "--state", "clos"), ["closing", "closed"]),
        (("serve", "--gateway", ""), ["embedded", "socket", "dataplane"]),
        (("completion", ""), list(SHELLS)),
    ],
)
def test_bash_completes_flags_and_what_they_take(bash: Path, words: tuple[str, ...], found: list[str]) -> None:
    assert completed(bash, *words) == found


def test_bash_completes_files_where_a_file_belongs(bash: Path, tmp_path: Path) -> None:
    (tmp_path / "token").touch()
    assert completed(bash, "list", "--token-file", f"{tmp_path}/to") == [f"{tmp_path}/token"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_gets_every_verb(shell: str) -> None:
    text = completion(parser_of(), shell)
    assert [verb.name for group in GROUPS.values() for verb in group if verb.name not in text] == []
