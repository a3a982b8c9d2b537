"""Which buttons a mapping has at a moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from bot.slack import buttons
from bot.slack.blocks import phrases
from bot.slack.blocks.parts import Confirm, Press, Style
from bot.slack.blocks.scene import Scene
from bot.slack.buttons import Button, extend_action
from core.domain.extending import longest_extension
from core.domain.states import State
from core.domain.ttl import format_ttl

Choice: TypeAlias = Callable[[Scene], list[Press]]
"""Chooses the buttons of a mapping."""


def on_card(scene: Scene) -> list[Press]:
    """List the buttons of the card: those that are possible in the state it is in; none when it is over."""
    mapping = scene.mapping
    match mapping.state:
        case State.REQUESTED:
            return [
                _agree(scene, "Approve", buttons.APPROVE),
                _press(scene, "Change…", buttons.AMEND),
                _press(scene, "Deny", buttons.DENY, "danger"),
            ]
        case State.APPROVED:
            tried = mapping.trouble is not None and mapping.trouble.probe is not None
            retry = [_press(scene, "Retry", buttons.RETRY, "primary")] if tried else []
            return [*retry, close(scene)]
        case State.OPEN:
            return [*(_decide_extension(scene) if mapping.extension else extend(scene)), close(scene)]
        case _:
            return []


def extend(scene: Scene) -> list[Press]:
    """List the steps of more time that still fit the rule."""
    if scene.mapping.state is not State.OPEN:
        return []
    steps = enumerate(scene.rule.extend_by)
    return [
        _press(scene, f"Extend {format_ttl(step)}", extend_action(number), by=step)
        for number, step in steps
        if step <= min(scene.rule.max_ttl, longest_extension(scene.mapping, scene.rule, scene.now))
    ]


def close(scene: Scene, label: str = "Close") -> Press:
    """End it now; of a request: take it back."""
    return _press(scene, label, buttons.CLOSE, "danger")


def _decide_extension(scene: Scene) -> list[Press]:
    asked = scene.mapping.extension
    more = f"{format_ttl(asked.by)} more" if asked else "more time"
    return [
        _agree(scene, f"Approve {more}", buttons.APPROVE_EXTENSION),
        _press(scene, f"Deny {more}", buttons.DENY_EXTENSION),
    ]


def _agree(scene: Scene, label: str, action: str) -> Press:
    """An approval; of what is sensitive, Slack asks once more."""
    press = _press(scene, label, action, "primary")
    if not scene.rule.sensitive:
        return press
    does = "keeps open" if scene.mapping.extension else "opens"
    return replace(press, confirm=Confirm("Sensitive", f"This {does} {phrases.stakes(scene.mapping)}.", label))


def _press(scene: Scene, label: str, action: str, style: Style = None, by: timedelta | None = None) -> Press:
    return Press(label, action, Button(scene.mapping.id, scene.mapping.terms, by), style)
