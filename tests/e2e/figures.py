"""What ``/metrics`` shows."""

import asyncio
from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.doors import read
from tests.e2e.rig import PATIENCE


async def until_figure(port: int, name: str, meant: Callable[[float], bool], **labels: str) -> None:
    """Wait until a figure is as it is meant; it is the sum of those with these labels, and 0 where there is none."""
    async with asyncio.timeout(PATIENCE):
        while not meant(await _figure(port, name, labels)):  # noqa: ASYNC110 - it moves in another process
            await asyncio.sleep(0.2)


async def _figure(port: int, name: str, labels: dict[str, str]) -> float:
    samples = [
        sample
        for family in text_string_to_metric_families((await read(port, "/metrics")).text)
        for sample in family.samples
    ]
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())
