"""The modal that changes a request: opened from the card, and submitted."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack import buttons
from bot.slack.amend_form import AMEND, AmendForm, read_amend_form
from bot.slack.blocks import answers, problems
from bot.slack.blocks.amend import amend_view, done_view, form_of
from bot.slack.blocks.message import Block
from bot.slack.blocks.parts import compose, say
from bot.slack.buttons import parse_button
from bot.slack.door.listeners.asking import PATIENCE
from bot.slack.door.listeners.desk import Desk
from bot.slack.door.visits import Body, Visit
from bot.slack.forms import Unfit
from core.domain.amending import Change
from core.domain.errors import AlreadyDelivered, PodProxierError
from core.domain.refusals import Wider

log = structlog.get_logger(__name__)


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button on the card, and to the modal that it opens."""

    @app.action(buttons.AMEND)
    async def button(visit: Visit) -> None:
        value = visit.clicked or ""
        wanted = parse_button(value)
        amendable = await desk.services.access.amending.look(wanted.mapping_id, visit.who, wanted.terms)
        view = amend_view(amendable, form_of(amendable.mapping, value))
        await desk.slack.open_modal(visit.trigger or "", view)

    @app.view(AMEND)
    async def submitted(body: Body, visit: Visit, ack: AsyncAck) -> None:
        await _submit(body["view"], visit, ack, desk)


async def _submit(view: Mapping[str, Any], visit: Visit, ack: AsyncAck, desk: Desk) -> None:
    """Change it; the acknowledgement carries what came of it, as that of the form that asks does."""
    form = read_amend_form(view)
    try:
        change = form.change()
    except Unfit as unfit:
        await ack(response_action="errors", errors=dict(unfit.by_field))
        return
    outcome = asyncio.create_task(_outcome(form, change, visit, desk))
    await asyncio.wait({outcome}, timeout=PATIENCE)
    if not outcome.done():
        await ack(response_action="update", view=done_view(compose(say("Changing it…"))))
        await desk.slack.update_modal(view["id"], _drawn(await _settled(outcome)))
        return
    result = await _settled(outcome)
    if isinstance(result, Wider):
        await ack(response_action="errors", errors={result.field: f"{result}"})
    else:
        await ack(response_action="update", view=_drawn(result))


async def _settled(outcome: "asyncio.Task[Block]") -> Block | PodProxierError:
    try:
        return await outcome
    except AlreadyDelivered:
        return done_view(compose(say("It was changed the first time.")))
    except PodProxierError as error:
        log.info("slack.not_done", error=type(error).__name__, message=str(error))
        return error


def _drawn(result: Block | PodProxierError) -> Block:
    return done_view(problems.problem(result, None)) if isinstance(result, PodProxierError) else result


async def _outcome(form: AmendForm, change: Change, visit: Visit, desk: Desk) -> Block:
    button = parse_button(form.button)
    changed = await desk.services.access.amending.amend(button.mapping_id, change, visit.who, button.terms)
    return done_view(answers.amended(desk.scene(changed)))
