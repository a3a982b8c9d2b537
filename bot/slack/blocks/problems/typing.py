"""What cannot be read."""

from bot.slack.blocks.mrkdwn import code, prose
from bot.slack.blocks.phrases import full
from bot.slack.blocks.problems.frame import SAYING, Told, tell
from bot.slack.errors import UnreadableButton
from core.domain.errors import BadInput


@tell.register
def _(error: BadInput, typed: str | None) -> Told:
    del typed
    return Told(full(prose(error.problem, SAYING)), copies=[f"Try: {code(error.hint, 800)}"] if error.hint else [])


@tell.register
def _(error: UnreadableButton, typed: str | None) -> Told:
    del error, typed
    return Told("This button was drawn by another version of Pod-Proxier.", ["Use the buttons on the newest card."])
