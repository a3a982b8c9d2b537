"""Who may not: why, and who could instead."""

from typing import Final

from bot.slack.blocks.mrkdwn import person, prose
from bot.slack.blocks.phrases import count, listed
from bot.slack.blocks.problems.frame import Told, tell
from bot.slack.blocks.who import mentions, sets
from core.domain import refusals
from core.domain.people import Standing
from core.domain.policy import Principals

_STANDINGS: Final = {
    Standing.GUEST: "a guest's account",
    Standing.BOT: "a bot's account",
    Standing.DEACTIVATED: "a deactivated account",
    Standing.STRANGER: "an account of another workspace",
}


def who_could(*groups: Principals | None, before: str = "") -> list[str]:
    """Say who could do it instead; one line."""
    words = [before, *(word for group in groups if group for word in mentions(group))]
    known = list(dict.fromkeys(word for word in words if word))
    return [f"Who can: {listed(known, 'or')}."] if known else ["Nobody can, by the policy in force."]


@tell.register
def _(error: refusals.NotAMember, typed: str | None) -> Told:
    del typed
    yours = _STANDINGS.get(error.standing, "not one of those")
    return Told(f"Only full members of this workspace can use Pod-Proxier; yours is {yours}.")


@tell.register
def _(error: refusals.OwnRequest, typed: str | None) -> Told:
    del typed
    return Told("You cannot decide about your own request, whatever your role.", _could_others(error.could))


def _could_others(could: Principals) -> list[str]:
    return ["Who can: any other full member of this workspace."] if could.anyone else who_could(could)


@tell.register
def _(error: refusals.AskerMayNot, typed: str | None) -> Told:
    del typed
    what = f"{person(error.asker)} may not ask for this any more: by the policy in force, or for having left."
    return Told(what, ["Deny it, or let it lapse."])


@tell.register
def _(error: refusals.NotYours, typed: str | None) -> Told:
    del typed
    requester = person(error.requester) if error.requester else ""
    return Told(f"You cannot {prose(error.what, 50)} this.", who_could(error.could, error.also, before=requester))


@tell.register
def _(error: refusals.AlreadyVoted, typed: str | None) -> Told:
    del typed
    return Told("Your approval counts already.", [f"{count(error.missing, 'more approval')} by others to go."])


@tell.register
def _(error: refusals.OthersHaveTo, typed: str | None) -> Told:
    del typed
    what = "Your approval was not counted: it would take the place of somebody else, who has to agree."
    return Told(what, [f"Still missing: {listed(sets(error.sets))}."])
