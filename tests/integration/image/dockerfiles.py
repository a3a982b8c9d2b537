"""As much of a Docker engine as our Dockerfile takes: the steps of a stage, done in a folder that stands for ``/``."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parents[3]
Step: TypeAlias = tuple[str, str]
"""An instruction, and what is behind it."""
MACHINE: Final = {"PIP_NO_CACHE_DIR": "0"}
"""What is ours and not the image's: here things were downloaded before."""


def steps(text: str) -> Iterator[Step]:
    """Yield the instructions, each on one line, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in re.sub(r"\s*\\\n\s*", " ", lines).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def stages(text: str) -> list[list[Step]]:
    found: list[list[Step]] = []
    for step in steps(text):
        if step[0] == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def words(rest: str) -> list[str]:
    """Read what stands in the form of a JSON list."""
    said: list[str] = json.loads(rest[rest.index("[") :])
    return said


@dataclass
class Engine:
    """Does ENV, WORKDIR, COPY and RUN below ``root``; absolute paths of the image become paths below it."""

    root: Path
    context: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"

    def build(self, stage: Sequence[Step]) -> None:
        doing = {"ENV": self._env, "WORKDIR": self._workdir, "COPY": self._copy, "RUN": self._run, "FROM": _nothing}
        for word, rest in stage:
            doing[word](rest)

    def path(self, inside: str) -> Path:
        return self.root / str(PurePosixPath(self.workdir, inside)).lstrip("/")

    def _env(self, rest: str) -> None:
        self.env |= {name: self._moved(value) for name, _, value in (pair.partition("=") for pair in shlex.split(rest))}

    def _workdir(self, rest: str) -> None:
        self.workdir = rest
        self.path(".").mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        for source in sources:
            assert source in self.context, f".dockerignore keeps {source} out"
            there = self.path(target)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, there)

    def _run(self, rest: str) -> None:
        told = subprocess.run(
            ["/bin/sh", "-ec", self._moved(rest)],
            cwd=self.path("."),
            env=os.environ | self.env | MACHINE,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, f"RUN {rest}\n{told.stdout}\n{told.stderr}"

    def _moved(self, text: str) -> str:
        return re.sub(r"(?<![\w/.])/(?=(src|wheels|opt)\b)", f"{self.root}/", text)


def _nothing(_: str) -> None:
    pass


def admitted(dockerignore: str) -> list[str]:
    """What a .dockerignore that refuses everything lets in after all."""
    lines = dockerignore.splitlines()
    assert "*" in lines
    return [line[1:] for line in lines if line.startswith("!")]
