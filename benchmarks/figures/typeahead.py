"""From a letter typed into the form to the pods suggested.

The whole bot in a process of its own, over Socket Mode from the local workspace. Its cluster is an API server in
another process, with 200 pods in each namespace, under a policy that has a pattern for all of them. The first question
has the names read; from then on somebody types a few words, letter by letter. Memory is what the bot has in use more
than before that question.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.parts.haproxy import folder
from benchmarks.parts.pods_process import IN_A_NAMESPACE, pods_served
from benchmarks.parts.served import install, serving
from benchmarks.parts.usage import resident_bytes
from benchmarks.rows import Row, Rows, Scale, below, mebibytes, percentile, shown
from bot.workspace import View, Workspace
from bot.workspace.hands.person import Person

GOAL: Final = 0.2
MOST_MEMORY: Final = 64 * 2**20
_SLACKS_OWN: Final = 3.0
_WORDS: Final = ("checkout", "team-00", "worker 3f", "ledger-0", "team-001/api", "-7c", "nothing", "gateway a")
_POLICY: Final = 'rules: [{namespaces: ["team-*"], sources: ["127.0.0.0/8"]}]'
_LOOK_EVERY: Final = 0.05
_PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, and bytes."""

    letters: list[float]
    read: float
    memory: int
    before: int


async def measure(scale: Scale) -> Rows:
    """A large cluster, and a very large one."""
    sizes, rounds = (scale.pick(5000, 400), scale.pick(50_000, 800)), scale.pick(5, 1)
    return [row for pods in sizes for row in _rows(pods, await _measured(pods, rounds))]


def _rows(pods: int, found: Measured) -> Iterator[Row]:
    beside = f"Slack gives up after {_SLACKS_OWN:g} s; p50: {shown(percentile(found.letters, 0.5))}"
    yield below(f"type-ahead at {pods} pods, p95", percentile(found.letters, 0.95), GOAL, beside)
    limit = f"under {mebibytes(MOST_MEMORY)}; before: {mebibytes(found.before)}"
    yield Row(f"names of {pods} pods", mebibytes(found.memory), limit, held=found.memory < MOST_MEMORY)
    yield Row(f"until {pods} pods are known", shown(found.read), "from the first question of an hour")


async def _measured(pods: int, rounds: int) -> Measured:
    with folder() as path:
        async with pods_served(pods) as url, Workspace() as workspace:
            installation = replace(install(path, 10, 1), kubeconfig=_kubeconfig(path, url))
            (path / "policy.yaml").write_text(_POLICY)
            alice = workspace.add_user("alice")
            channel = workspace.add_channel("bench", members=[alice])
            async with serving(installation, workspace, "--stop-gateway") as pid:
                await alice.command("/proxy", channel=channel)
                form = await alice.modal("Pod")
                before, began = resident_bytes(pid), perf_counter()
                await _until_known(alice, form, f"team-{(pods - 1) // IN_A_NAMESPACE:03}/")
                read = perf_counter() - began
                letters = [await _typed(alice, form, text) for _ in range(rounds) for text in _letters()]
                return Measured(letters, read, resident_bytes(pid) - before, before)


def _kubeconfig(folder: Path, url: str) -> Path:
    path = folder / "kubeconfig"
    named = {
        "clusters": [{"name": "bench", "cluster": {"server": url}}],
        "users": [{"name": "bench", "user": {"token": "bench"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        "current-context": "bench",
    }
    path.write_text(json.dumps(named))
    return path


def _letters() -> Iterator[str]:
    for word in _WORDS:
        yield from (word[:end] for end in range(len(word) + 1))


async def _typed(somebody: Person, form: View, text: str) -> float:
    began = perf_counter()
    offered = await somebody.suggest(form, "Pod", text)
    latency = perf_counter() - began
    if not offered and len(text) == 1:
        raise RuntimeError(f"nothing was suggested for {text!r}")
    return latency


async def _until_known(somebody: Person, form: View, text: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not await somebody.suggest(form, "Pod", text):  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(_LOOK_EVERY)
