import argparse
import asyncio

from bot.client.api import Filter
from bot.client.exits import Exit
from bot.client.output import Output, many
from bot.client.session import api_of, now, say


def run(chosen: argparse.Namespace) -> int:
    """Print what there is, newest first."""
    return asyncio.run(_list(chosen))


async def _list(chosen: argparse.Namespace) -> int:
    wanted = Filter(
        states=chosen.state,
        namespace=chosen.namespace,
        name=chosen.pod,
        requester=chosen.requester,
        live=None if chosen.all_states or chosen.state else True,
    )
    async with api_of(chosen) as api:
        found = [told async for told in api.listed(wanted, chosen.limit)]
    output = Output(chosen.output)
    if output is Output.TABLE and not found:
        say("there is none" if chosen.all_states else "there is none; --all-states lists those that are over, too")
    else:
        print(many(found, output, now()))
    return Exit.DONE
