"""What is not done the way it was asked: by the policy, or by the state of the pod; and what would be."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from bot.slack.blocks.copies import copy
from bot.slack.blocks.mrkdwn import code, prose
from bot.slack.blocks.phrases import callers, full, some
from bot.slack.blocks.problems.frame import SAYING, Told, ask_in, tell
from bot.slack.blocks.problems.people import who_could
from bot.slack.parsing import parse
from bot.slack.parsing.commands import Extend, Request
from core.domain import refusals
from core.domain.errors import BadInput
from core.domain.pod import Pod
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import Target
from core.domain.ttl import format_ttl

_MOST: Final = 10


def _try(commands: Iterable[str]) -> list[str]:
    shown = list(commands)
    return ["Try:", *shown] if len(shown) > 1 else [f"Try: {command}" for command in shown]


def _ask(typed: str | None, target: Target) -> Ask:
    """Take what was typed as far as it can be read, for a corrected command."""
    return ask_in(typed) or Ask(target)


@tell.register
def _(error: refusals.Refused, typed: str | None) -> Told:
    del typed
    return Told(full(prose(str(error), SAYING)), [prose(error.hint, 300)] if error.hint else [])


# -- what was asked for -----------------------------------------------------------------------------------------------


@tell.register
def _(error: refusals.NamespaceNotAllowed, typed: str | None) -> Told:
    ask = ask_in(typed)
    commands = [copy(Request(_in_namespace(ask, name))) for name in error.near] if ask else []
    near = f"Did you mean {some(error.near, 3, 'or')}?" if error.near and not ask else ""
    could = who_could(error.could) if error.could else ["No rule of the policy covers it."]
    what = f"You cannot ask for targets in the namespace {code(error.namespace, 100)}."
    return Told(what, [*could, *([near] if near else [])], _try(commands))


def _in_namespace(ask: Ask, namespace: str) -> Ask:
    return replace(ask, target=replace(ask.target, namespace=namespace))


@tell.register
def _(error: refusals.NoSuchPod, typed: str | None) -> Told:
    ready = [pod for pod in error.near if pod.ready]
    others = [str(pod.ref) for pod in error.near if not pod.ready]
    commands = [copy(Request(_for_pod(_ask(typed, error.target), pod))) for pod in ready[:_MOST]]
    then = [f"Not ready, and so not offered: {some(others, 5)}."] if others else []
    if not error.near:
        then = ["No pod there has a name like that."]
    return Told(f"There is no pod {code(f'{error.target.namespace}/{error.target.name}', 350)}.", then, _try(commands))


def _for_pod(ask: Ask, pod: Pod) -> Ask:
    return replace(ask, target=replace(ask.target, name=pod.ref.name))


@tell.register
def _(error: refusals.PortUnclear, typed: str | None) -> Told:
    pod = code(f"{error.target.namespace}/{error.target.name}", 350)
    ask = _ask(typed, error.target)
    commands = list(_with_each_port(ask, error))
    if error.target.port is not None:
        what = f"{pod} has no port named {code(str(error.target.port), 50)}."
    else:
        what = f"Which port of {pod}? It has several." if error.ports else f"{pod} declares no port."
    then = (
        []
        if error.ports
        else [f"Put a number behind the name: {copy(Request(replace(ask, target=ask.target.at(5005))))}"]
    )
    return Told(what, then, _try(commands))


def _with_each_port(ask: Ask, error: refusals.PortUnclear) -> Iterator[str]:
    for port in error.ports[:_MOST]:
        name = f" ({prose(port.name, 30)})" if port.name else ""
        yield copy(Request(replace(ask, target=ask.target.at(port.number)))) + name


@tell.register
def _(error: refusals.PortNotAllowed, typed: str | None) -> Told:
    ask = _ask(typed, error.target)
    named = [replace(ask.target, port=name) for name in sorted(error.admitted.names)]
    numbered = [ask.target.at(low) for low, high in error.admitted.ranges if low == high]
    commands = [copy(Request(replace(ask, target=target))) for target in (*named, *numbered)][:_MOST]
    what = f"Port {error.target.port} cannot be asked for in {code(error.target.namespace, 100)}."
    return Told(what, [f"What can: {some(str(error.admitted).split(', '), _MOST)}."], _try(commands))


@tell.register
def _(error: refusals.SourceRequired, typed: str | None) -> Told:
    ask = ask_in(typed)
    commands = [copy(Request(replace(ask, sources=Sources.parse("10.1.2.3"))))] if ask else []
    del error
    where = code(ask.target.namespace, 100) if ask else "That namespace"
    what = f"{where} wants to know from where: say who may connect, with your address behind `from`."
    return Told(what, copies=_try(commands))


@tell.register
def _(error: refusals.ReasonRequired, typed: str | None) -> Told:
    ask = ask_in(typed)
    commands = [copy(Request(replace(ask, reason=error.reason)))] if ask else []
    where = code(error.namespace, 100)
    if error.ticket is None:
        what = f"{where} wants to know why: say what you need it for."
    else:
        named = f"a ticket, such as {code(error.ticket.example, 100)}"
        what = (
            f"The reason names no ticket; {where} wants {named}."
            if error.said
            else f"{where} wants to know why: say what you need it for, with {named}."
        )
    return Told(what, [] if ask else [f"Such as: {prose(error.reason, 300)}"], _try(commands))


@tell.register
def _(error: refusals.SourceNotPermitted, typed: str | None) -> Told:
    del typed
    asked = some(str(error.asked).split(", "), _MOST)
    return Told(f"Callers from {asked} are not permitted there.", [f"Permitted: {callers(error.permitted)}."])


@tell.register
def _(error: refusals.NoSourceByIpv4, typed: str | None) -> Told:
    del typed
    asked = some(str(error.sources).split(", "), _MOST)
    return Told(
        f"The ports listen by IPv4 alone, so nobody from {asked} could connect.",
        ["Say an IPv4 address, such as `from 10.1.2.3`."],
    )


@tell.register
def _(error: refusals.TtlTooLong, typed: str | None) -> Told:
    longest = format_ttl(error.longest)
    what = f"{format_ttl(error.asked)} is more than the {longest} that is given at once here."
    return Told(what, copies=_shorter(typed, error))


def _shorter(typed: str | None, error: refusals.TtlTooLong) -> list[str]:
    try:
        command = parse(typed or "")
    except BadInput:
        return []
    if isinstance(command, Request):
        return _try([copy(Request(replace(command.ask, ttl=error.longest)))])
    return _try([copy(replace(command, by=error.longest))]) if isinstance(command, Extend) else []


@tell.register
def _(error: refusals.OverLimit, typed: str | None) -> Told:
    if not error.lifetime:
        return Told("No rule of the policy covers this any more, so there is no more time.")
    what = f"A mapping here lives {format_ttl(error.lifetime)} at most, all extensions counted."
    if not error.possible:
        return Told(what, ["It cannot be extended any more: when it is over, ask again."])
    command = _extend_in(typed)
    longer = _try([copy(replace(command, by=error.possible))]) if command else []
    return Told(what, [f"It can be extended by {format_ttl(error.possible)}."], longer)


def _extend_in(typed: str | None) -> Extend | None:
    try:
        command = parse(typed or "")
    except BadInput:
        return None
    return command if isinstance(command, Extend) else None


# -- the pod ----------------------------------------------------------------------------------------------------------


@tell.register
def _(error: refusals.PodUnusable, typed: str | None) -> Told:
    del typed
    return Told(f"Pod {code(str(error.pod.ref), 350)} {prose(error.why, 300)}.")


@tell.register
def _(error: refusals.TargetChanged, typed: str | None) -> Told:
    del typed
    return Told(f"The pod that was asked for {prose(error.why, 200)}, so there is nothing left to approve.")


@tell.register
def _(error: refusals.Wider, typed: str | None) -> Told:
    del typed
    return Told(full(prose(str(error), SAYING)), ["Whoever wants more asks for it anew."])


@tell.register
def _(error: refusals.NothingChanged, typed: str | None) -> Told:
    del error, typed
    return Told("That is what is asked for already, so nothing was changed.")
