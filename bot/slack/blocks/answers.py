"""Answers to commands and clicks, seen by one person alone: what was done, and what comes next."""

from bot.slack.blocks.help import help_text
from bot.slack.blocks.listing import listing
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from bot.slack.blocks.scene import Scene
from core.domain.mapping import Mapping

__all__ = [
    "approved",
    "closing",
    "denied",
    "extending",
    "extension_approved",
    "extension_denied",
    "help_text",
    "listing",
    "requested",
    "retrying",
]


def requested(scene: Scene, known: bool) -> Message:  # noqa: FBT001 - ``Requested.known``, handed on
    """Answer a request; ``known`` brings back the mapping that was there already, with its buttons."""
    return compose(say(f"{scene.mapping.target} {known}"))


def approved(scene: Scene) -> Message:
    """Answer an approval."""
    return compose(say(f"{scene.mapping.target}"))


def denied(scene: Scene) -> Message:
    """Answer a denial."""
    return compose(say(f"{scene.mapping.target}"))


def closing(scene: Scene) -> Message:
    """Answer a Close: of a mapping, or of a request, which it takes back or denies."""
    return compose(say(f"{scene.mapping.target}"))


def extending(scene: Scene, before: Mapping) -> Message:
    """Answer an Extend; ``before`` is the mapping as it was until then."""
    return compose(say(f"{scene.mapping.target} {before.expires_at}"))


def retrying(scene: Scene) -> Message:
    """Answer a Retry."""
    return compose(say(f"{scene.mapping.target}"))


def extension_approved(scene: Scene) -> Message:
    """Answer an agreement to more time."""
    return compose(say(f"{scene.mapping.target}"))


def extension_denied(scene: Scene) -> Message:
    """Answer a no to more time."""
    return compose(say(f"{scene.mapping.target}"))
