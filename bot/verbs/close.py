import argparse
import asyncio

from bot.client.exits import Exit
from bot.client.output import Output, result
from bot.client.references import read_ref
from bot.client.session import api_of, now


def run(chosen: argparse.Namespace) -> int:
    """End one, or take back a request; print how it stands then."""
    return asyncio.run(_close(chosen))


async def _close(chosen: argparse.Namespace) -> int:
    reference = read_ref(chosen.reference, "close")
    async with api_of(chosen) as api:
        told = await api.close(await api.named(reference))
    print(result(told, Output(chosen.output), now()))
    return Exit.DONE
