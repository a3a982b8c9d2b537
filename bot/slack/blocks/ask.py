"""The modal that asks for a port: its fields, what the policy will ask for, and what came of it."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.slack import forms
from bot.slack.blocks import mrkdwn, phrases, who
from bot.slack.blocks.message import Block, Message
from bot.slack.blocks.parts import compose, note, say
from bot.slack.forms import Form
from core.domain.finding import Found
from core.domain.names import Look
from core.domain.policy import Rule
from core.domain.refusals import USUAL_REASON
from core.domain.ttl import format_ttl
from core.services.suggestions import Offer

_TITLE: Final = "Ask for a port"
_OPTION: Final = 75
"""The most characters that the text of an option may have."""


def form_view(form: Form, offer: Offer | None = None, told: Message | None = None) -> Block:
    """Draw the modal.

    Args:
        form: what stands in the fields.
        offer: what the chosen pod would mean.
        told: what was wrong with it when it was submitted.
    """
    blocks = [
        *(told.blocks if told else ()),
        _pod(form),
        *(_terms(offer) if offer else ()),
        _text(forms.PORT, "Port", form.port, _ports(offer), "its number or name"),
        _text(forms.TTL, "For how long", form.ttl, "", _usual_time(offer)),
        _text(forms.SOURCES, "From where", form.sources, "addresses or networks, with commas between", "10.1.2.3"),
        _why(form, offer.rule if offer else None),
    ]
    return _modal(blocks, form.channel) | {"submit": _plain("Ask"), "callback_id": forms.ASK}


def asking_view(form: Form) -> Block:
    """Draw what is shown until it is known what came of it."""
    return _modal(compose(say(f"Asking for {mrkdwn.code(form.pod)}…")).blocks, form.channel)


def answer_view(message: Message) -> Block:
    """Draw what came of it."""
    return _modal(message.blocks, "")


def options(found: Iterable[Found]) -> list[Block]:
    """List pods to choose from; those whose names Slack has no room for are left out."""
    return [_option(str(each.ref), each.look) for each in found if len(str(each.ref)) <= _OPTION]


def _option(name: str, look: Look) -> Block:
    remark = {} if look.ready else {"description": _plain("not ready")}
    return {"text": _plain(name), "value": name, **remark}


def _modal(blocks: Sequence[Block], channel: str) -> Block:
    return {
        "type": "modal",
        "title": _plain(_TITLE),
        "close": _plain("Close"),
        "private_metadata": channel,
        "blocks": list(blocks),
    }


def _pod(form: Form) -> Block:
    select: Block = {
        "type": "external_select",
        "action_id": forms.POD,
        "min_query_length": 0,
        "placeholder": _plain("namespace/pod; type a part of it"),
    }
    if form.pod:
        select["initial_option"] = {"text": _plain(form.pod), "value": form.pod}
    return {
        "type": "input",
        "block_id": forms.POD,
        "label": _plain("Pod"),
        "element": select,
        "dispatch_action": True,
    }


def _why(form: Form, rule: Rule | None) -> Block:
    """The reason; where the rule wants one, Slack does not let the form go without."""
    required = rule is not None and rule.reason_required
    ticket = rule.ticket if rule else None
    hint = f"names a ticket, such as {ticket.example}" if ticket else "the approvers read it"
    usual = f"{USUAL_REASON} {ticket.example}" if ticket else USUAL_REASON
    block = _text(forms.REASON, "Why", form.reason, f"required; {hint}" if required else hint, usual)
    return {**block, "optional": not required}


def _text(name: str, label: str, value: str, hint: str, placeholder: str) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": name, "placeholder": _plain(placeholder)}
    if value:
        element["initial_value"] = value
    block: Block = {"type": "input", "block_id": name, "label": _plain(label), "element": element, "optional": True}
    return {**block, "hint": _plain(hint)} if hint else block


def _terms(offer: Offer) -> list[Block]:
    return list(compose(note(*_what_holds(offer.rule))).blocks)


def _what_holds(rule: Rule) -> list[str]:
    approvers = phrases.listed(who.mentions(rule.approvers), "or")
    by = f" by {approvers}" if not rule.approver_sets else ""
    needs = f"Needs {who.needed(rule)}{by}" if rule.approvals else "Opens at once"
    longest = min(rule.max_ttl, rule.max_lifetime)
    sensitive = ["Sensitive: whoever approves is asked twice"] if rule.sensitive else []
    return [*sensitive, needs, f"At most {format_ttl(longest)}", f"Callers: {phrases.callers(rule.sources)}"]


def _ports(offer: Offer | None) -> str:
    known = offer.pod.ports if offer else ()
    if not known:
        return "left out: the one named debug, or the pod's only one"
    return "of the pod: " + ", ".join(
        f"{port.name} ({port.number})" if port.name else str(port.number) for port in known
    )


def _usual_time(offer: Offer | None) -> str:
    return format_ttl(min(offer.rule.default_ttl, offer.rule.max_ttl)) if offer else "2h"


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
