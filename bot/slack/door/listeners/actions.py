"""Clicks: parse, call, render. A button's value is an id to look up; who may do it is asked of the payload alone."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from slack_bolt.async_app import AsyncApp

from bot.slack import buttons
from bot.slack.blocks import answers
from bot.slack.blocks.message import Message
from bot.slack.buttons import Button, parse_button
from bot.slack.door.listeners.desk import Desk
from bot.slack.door.visits import Visit
from bot.slack.errors import UnreadableButton
from core.domain.mapping import Reference
from core.domain.policy import NOBODY
from core.domain.refusals import NotYours
from core.domain.request import again
from core.services.access import Who

Verb: TypeAlias = Callable[[Desk, Button, Who], Awaitable[Message]]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to every button that is drawn; one that is not known was drawn by another version."""
    for action_id, verb in VERBS.items():
        app.action(action_id)(_listener(verb, desk))

    @app.action(re.compile(""))
    async def unknown() -> None:
        raise UnreadableButton


def _listener(verb: Verb, desk: Desk) -> Callable[[Visit], Awaitable[None]]:
    async def click(visit: Visit) -> None:
        button = parse_button(visit.clicked or "")
        await desk.answer(visit, await verb(desk, button, visit.who))

    return click


async def _approve(desk: Desk, button: Button, who: Who) -> Message:
    return answers.approved(desk.scene(await desk.services.access.approve(button.mapping_id, who, button.terms)))


async def _deny(desk: Desk, button: Button, who: Who) -> Message:
    return answers.denied(desk.scene(await desk.services.access.deny(button.mapping_id, who)))


async def _close(desk: Desk, button: Button, who: Who) -> Message:
    return answers.closing(desk.scene(await desk.services.access.close(_reference(button), who)))


async def _retry(desk: Desk, button: Button, who: Who) -> Message:
    return answers.retrying(desk.scene(await desk.services.access.retry(button.mapping_id, who)))


async def _extend(desk: Desk, button: Button, who: Who) -> Message:
    if not button.by:
        raise UnreadableButton
    access = desk.services.access
    before = await access.get(button.mapping_id)
    after = await access.extend(_reference(button), button.by, who, button.terms)
    return answers.extending(desk.scene(after), before)


async def _approve_extension(desk: Desk, button: Button, who: Who) -> Message:
    agreed = await desk.services.access.approve_extension(button.mapping_id, who, button.terms)
    return answers.extension_approved(desk.scene(agreed))


async def _deny_extension(desk: Desk, button: Button, who: Who) -> Message:
    return answers.extension_denied(desk.scene(await desk.services.access.deny_extension(button.mapping_id, who)))


async def _again(desk: Desk, button: Button, who: Who) -> Message:
    before = await desk.services.access.get(button.mapping_id)
    if before.requester != who.person:
        raise NotYours("ask again for", before.requester, NOBODY)
    made = await desk.services.access.request(again(before), who, None)
    return answers.requested(desk.scene(made.mapping), made.known)


def _reference(button: Button) -> Reference:
    return Reference(mapping_id=button.mapping_id)


VERBS: Final[Mapping[str | re.Pattern[str], Verb]] = {
    buttons.APPROVE: _approve,
    buttons.DENY: _deny,
    buttons.CLOSE: _close,
    buttons.RETRY: _retry,
    re.compile(rf"{buttons.EXTEND}\d+"): _extend,
    buttons.APPROVE_EXTENSION: _approve_extension,
    buttons.DENY_EXTENSION: _deny_extension,
    buttons.AGAIN: _again,
}
"""What each button does."""
