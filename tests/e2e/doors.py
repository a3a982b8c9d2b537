"""What a bot says of itself over HTTP."""

import asyncio
from collections.abc import Callable

import httpx

from bot.api.checks import Finding
from tests.e2e.rig import PATIENCE


async def read(port: int, path: str) -> httpx.Response:
    """Ask once."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        return await client.get(path)


async def until_ready_says(port: int, name: str, meant: Callable[[Finding], bool]) -> Finding:
    """Wait until ``/ready`` finds a dependency to be as it is meant; the status always says the same as the text."""
    found = None
    try:
        async with asyncio.timeout(PATIENCE):
            while found is None or not meant(found):
                await asyncio.sleep(0.1)
                found = await _finding(port, name)
    except TimeoutError as exc:
        raise AssertionError(f"of {name}, /ready says in the end: {found}") from exc
    return found


async def _finding(port: int, name: str) -> Finding | None:
    try:
        answer = await read(port, "/ready")
    except httpx.TransportError:
        return None  # it does not listen yet
    told = {check: Finding(**finding) for check, finding in answer.json()["checks"].items()}
    assert answer.status_code == (200 if all(finding.ok for finding in told.values()) else 503)
    return told[name]
