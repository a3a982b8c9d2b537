"""The modal by which an approver lets through less than was asked for."""

from collections.abc import Sequence
from typing import Final

from bot.slack.amend_form import AMEND, AmendForm
from bot.slack.blocks import phrases
from bot.slack.blocks.message import Block, Message
from bot.slack.blocks.parts import compose, note, say
from bot.slack.forms import PORT, SOURCES, TTL
from core.domain.mapping import Mapping
from core.domain.pod import ContainerPort
from core.domain.ttl import format_ttl
from core.services.amending import Amendable

_OPTIONS: Final = 100
_INITIAL: Final = 3_000


def form_of(mapping: Mapping, button: str) -> AmendForm:
    """Fill in what is asked for."""
    return AmendForm(format_ttl(mapping.ttl), str(mapping.sources), str(mapping.endpoint.port), button)


def amend_view(amendable: Amendable, form: AmendForm) -> Block:
    """Draw the modal.

    Args:
        amendable: what could be changed.
        form: what stands in the fields.
    """
    asked = amendable.mapping.amendment or amendable.mapping
    intro = compose(
        say(phrases.target(amendable.mapping)),
        note("It can be made less, never more. Approvals so far fall; approve it on the card then."),
    )
    blocks = [
        *intro.blocks,
        _input(TTL, "For how long", _text(TTL, form.ttl), f"at most {format_ttl(asked.ttl)}"),
        _input(SOURCES, "From where", _text(SOURCES, form.sources), "some of those who were asked for"),
        _input(PORT, "Port", _select(amendable.ports, form.port), "of the pod"),
    ]
    return _modal(blocks, form.button) | {"submit": _plain("Change"), "callback_id": AMEND}


def done_view(message: Message) -> Block:
    """Draw what came of it."""
    return _modal(message.blocks, "")


def _modal(blocks: Sequence[Block], metadata: str) -> Block:
    return {
        "type": "modal",
        "title": _plain("Change a request"),
        "close": _plain("Close"),
        "private_metadata": metadata,
        "blocks": list(blocks),
    }


def _input(name: str, label: str, element: Block, hint: str) -> Block:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element, "hint": _plain(hint)}


def _text(name: str, value: str) -> Block:
    return {"type": "plain_text_input", "action_id": name, "initial_value": value[:_INITIAL]}


def _select(ports: Sequence[ContainerPort], chosen: str) -> Block:
    options = {str(port.number): _option(port) for port in ports[:_OPTIONS]}
    shown = options or {chosen: _option(ContainerPort(int(chosen)))}
    select: Block = {"type": "static_select", "action_id": PORT, "options": list(shown.values())}
    return {**select, "initial_option": shown[chosen]} if chosen in shown else select


def _option(port: ContainerPort) -> Block:
    name = f"{port.number} ({port.name})" if port.name else str(port.number)
    return {"text": _plain(name), "value": str(port.number)}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
