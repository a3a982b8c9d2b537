"""``/proxy ...``: parse, call, render."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from slack_bolt.async_app import AsyncApp

from bot.slack.blocks import answers, brakes
from bot.slack.blocks.message import Message
from bot.slack.door.listeners.asking import Asking, open_or_help
from bot.slack.door.listeners.desk import Desk
from bot.slack.door.visits import Body, Visit
from bot.slack.parsing import (
    Brake,
    Close,
    Command,
    Extend,
    FreezeAll,
    GiveHelp,
    ListThem,
    OpenForm,
    Request,
    RevokeAll,
    Thaw,
    parse,
)
from bot.slack.settings import COMMAND
from core.domain.errors import BadInput
from core.domain.mapping import Reference
from core.services.access import Who
from core.services.queries import Row, StandingRow

_Listed: TypeAlias = tuple[Sequence[Row], Sequence[StandingRow]]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the slash command; any other that somebody points at the app is told that it is unknown."""
    asking = Asking(desk)

    @app.command(COMMAND)
    async def proxy(visit: Visit) -> None:
        command = parse(visit.typed or "")
        if isinstance(command, OpenForm) and await open_or_help(asking, visit):
            return
        await desk.answer(visit, await _done(command, visit, desk))

    @app.command(re.compile(""))
    async def unknown(body: Body) -> None:
        typed = f"{body['command']} {body.get('text', '')}".strip()
        raise BadInput(typed, f"{body['command']} is no command of Pod-Proxier", example=f"{COMMAND} help")


async def _done(command: Command, visit: Visit, desk: Desk) -> Message:
    access, who = desk.services.access, visit.who
    match command:
        case Request(ask):
            made = await access.request(ask, who, visit.place)
            return answers.requested(desk.scene(made.mapping), made.known)
        case Extend():
            return await _extended(command, who, desk)
        case Close(reference):
            return answers.closing(desk.scene(await access.close(reference, who)))
        case ListThem(everything):
            rows, services = await _rows(everything, who, desk)
            now = desk.services.clock.now()
            freeze = await desk.services.queries.freeze()
            return answers.listing(rows, desk.host, now, everything=everything, services=services, freeze=freeze)
        case FreezeAll() | Thaw() | RevokeAll():
            return await _stopped(command, who, desk)
        case OpenForm() | GiveHelp():
            return answers.help_text(await desk.services.queries.help(visit.person), visit.person)


async def _stopped(command: Brake, who: Who, desk: Desk) -> Message:
    match command:
        case FreezeAll(reason):
            return brakes.stopped(await desk.services.brakes.freeze(reason, who))
        case Thaw():
            return brakes.thawed(await desk.services.brakes.thaw(who))
        case RevokeAll(namespace):
            return brakes.revoked(await desk.services.brakes.revoke_all(namespace, who), namespace)


async def _extended(command: Extend, who: Who, desk: Desk) -> Message:
    access = desk.services.access
    before = await access.find(command.reference)
    after = await access.extend(Reference(mapping_id=before.id), command.by, who)
    return answers.extending(desk.scene(after), before)


async def _rows(everything: bool, who: Who, desk: Desk) -> _Listed:  # noqa: FBT001 - what was typed
    queries = desk.services.queries
    if everything:
        return await queries.everything(who.person), await queries.services(who.person)
    return await queries.mine(who.person), ()
