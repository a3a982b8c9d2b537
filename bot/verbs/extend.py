import argparse
import asyncio

from bot.client.exits import Exit
from bot.client.output import Output, result
from bot.client.references import read_extension
from bot.client.session import api_of, now


def run(chosen: argparse.Namespace) -> int:
    """Ask for more time, and print how it stands then."""
    return asyncio.run(_extend(chosen))


async def _extend(chosen: argparse.Namespace) -> int:
    wanted = read_extension(chosen.words)
    async with api_of(chosen) as api:
        told = await api.extend(await api.named(wanted.reference), wanted.by)
    print(result(told, Output(chosen.output), now()))
    return Exit.DONE
