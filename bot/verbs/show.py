import argparse
import asyncio

from bot.client.exits import Exit
from bot.client.output import Output, one
from bot.client.references import read_ref
from bot.client.session import api_of, now


def run(chosen: argparse.Namespace) -> int:
    """Print everything about one mapping."""
    return asyncio.run(_show(chosen))


async def _show(chosen: argparse.Namespace) -> int:
    reference = read_ref(chosen.reference, "show")
    async with api_of(chosen) as api:
        told = await api.mapping(await api.named(reference))
    print(one(told, Output(chosen.output), now()))
    return Exit.DONE
