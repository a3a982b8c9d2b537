"""The modal that asks for a port: opened, looked through while one types, and submitted."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack import buttons, forms
from bot.slack.blocks import answers, problems
from bot.slack.blocks.ask import answer_view, asking_view, form_view, options
from bot.slack.blocks.message import Block
from bot.slack.door.listeners.desk import Desk
from bot.slack.door.visits import Body, Visit
from bot.slack.errors import SlackError
from bot.slack.forms import Form, Unfit, read_form
from core.domain.errors import AlreadyDelivered, OutsideError, PodProxierError
from core.domain.mapping import Place
from core.domain.request import Ask
from core.services.suggestions import Offer

log = structlog.get_logger(__name__)

PATIENCE: Final = 2.0
"""Seconds that an acknowledgement waits for what came of it; Slack gives up after three."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to whatever opens the modal, and to what is done in it."""
    asking = Asking(desk)

    @app.shortcut(forms.ASK)
    async def shortcut(visit: Visit) -> None:
        await asking.open(visit, Form())

    @app.action(buttons.OPEN_FORM)
    async def button(visit: Visit) -> None:
        await asking.open(visit, Form())

    @app.options(forms.POD)
    async def typed(body: Body, visit: Visit, ack: AsyncAck) -> None:
        found = await desk.services.suggestions.pods(visit.person, str(body.get("value") or ""))
        await ack(options=options(found))

    @app.action(forms.POD)
    async def chosen(body: Body, visit: Visit) -> None:
        await asking.choose(body["view"], visit)

    @app.view(forms.ASK)
    async def submitted(body: Body, visit: Visit, ack: AsyncAck) -> None:
        await asking.submit(body["view"], visit, ack)


class Asking:
    """The modal, step by step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def open(self, visit: Visit, form: Form) -> None:
        """Show it empty.

        Raises:
            SlackError: it could not be shown; a trigger is good for three seconds.
        """
        await self._desk.slack.open_modal(visit.trigger or "", form_view(form))

    async def choose(self, view: Mapping[str, Any], visit: Visit) -> None:
        """Show what the pod that was chosen would mean: its ports, and what the policy will ask for."""
        form = read_form(view)
        await self._desk.slack.update_modal(view["id"], form_view(form, await self._offer(form, visit)))

    async def submit(self, view: Mapping[str, Any], visit: Visit, ack: AsyncAck) -> None:
        """Ask for it; the acknowledgement carries what came of it.

        Where that takes longer than Slack waits, the modal says so meanwhile, and is brought up to date afterwards.
        """
        form = read_form(view)
        try:
            ask = form.ask()
        except Unfit as unfit:
            await ack(response_action="errors", errors=dict(unfit.by_field))
            return
        outcome = asyncio.create_task(self._outcome(form, ask, visit))
        await asyncio.wait({outcome}, timeout=PATIENCE)
        if outcome.done() and outcome.exception() is None:
            await ack(response_action="update", view=outcome.result())
            return
        await ack(response_action="update", view=asking_view(form))
        await self._desk.slack.update_modal(view["id"], await outcome)

    async def _outcome(self, form: Form, ask: Ask, visit: Visit) -> Block:
        """Ask, and draw what came of it: the answer, or the form once more with what was wrong."""
        place = Place(form.channel, direct=form.channel.startswith("D")) if form.channel else None
        try:
            made = await self._desk.services.access.request(ask, visit.who, place)
        except AlreadyDelivered:
            return asking_view(form)
        except PodProxierError as error:
            log.info("slack.not_done", person=str(visit.person), error=type(error).__name__, message=str(error))
            return form_view(form, await self._offer(form, visit), problems.problem(error, None))
        return answer_view(answers.requested(self._desk.scene(made.mapping), made.known))

    async def _offer(self, form: Form, visit: Visit) -> Offer | None:
        try:
            return await self._desk.services.suggestions.offer(visit.person, form.ref) if form.ref else None
        except OutsideError as exc:
            log.warning("suggestions.none", error=type(exc).__name__, message=str(exc))
            return None


async def open_or_help(asking: Asking, visit: Visit) -> bool:
    """Open the form for whoever typed the command alone; ``False`` where Slack did not show it."""
    try:
        await asking.open(visit, Form(channel=visit.place.channel))
    except SlackError as exc:
        log.warning("slack.form_not_opened", message=str(exc))
        return False
    return True
