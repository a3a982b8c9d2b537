import argparse
import asyncio
from datetime import timedelta
from uuid import uuid4

from bot.client.api import Api
from bot.client.asking import read_request
from bot.client.errors import Declined, ServerAway
from bot.client.exits import Exit
from bot.client.models import OPEN, PENDING, Told
from bot.client.output import Output, written
from bot.client.sentences import standing
from bot.client.session import api_of, now, say
from bot.client.waiting import Waiting
from core.domain.request import Ask


def run(chosen: argparse.Namespace) -> int:
    """Ask for a port, and print its state; or, with ``--wait``, where to connect."""
    return asyncio.run(_open(chosen))


async def _open(chosen: argparse.Namespace) -> int:
    ask = read_request(chosen.words, chosen.sources, chosen.reason)
    async with api_of(chosen) as api:
        told = await _asked(api, ask, chosen.key or f"cli-{uuid4()}")
        if hasattr(chosen, "wait"):
            told = await _waited(api, told, chosen.wait)
    _print(told, Output(chosen.output), waited=hasattr(chosen, "wait"))
    return Exit.DONE


async def _asked(api: Api, ask: Ask, key: str) -> Told:
    try:
        return await api.open(ask, key)
    except ServerAway as error:
        error.hint += f"\nit may have been asked for; the same again with --key {key} asks only once"
        raise


async def _waited(api: Api, told: Told, limit: timedelta | None) -> Told:
    name = told.view.id
    left = f"{name} stays as it is: pod-proxier show {name} tells how, pod-proxier close {name} takes it back"
    try:
        return await Waiting(api, say, now).until_open(told, limit)
    except asyncio.CancelledError:
        say(left)
        raise
    except (Declined, ServerAway) as error:
        error.hint = f"{error.hint}\n{left}".strip()
        raise


def _print(told: Told, output: Output, *, waited: bool) -> None:
    view = told.view
    if output is not Output.TABLE:
        print(written(told, output))
    elif waited:
        print(view.endpoint)
    else:
        print(" ".join(word for word in (view.id, view.state, view.endpoint if view.state == OPEN else "") if word))
        if view.state in PENDING:
            say(standing(view, now()))
