"""People in words: who did it, who agreed, who could."""

from collections.abc import Iterable
from typing import Final

from bot.slack.blocks.mrkdwn import escape, person, shorten
from bot.slack.blocks.phrases import count, listed
from bot.slack.blocks.scene import Scene
from core.domain import agreeing
from core.domain.notices import Facts
from core.domain.people import Actor, Requester, parse_actor
from core.domain.policy import ApproverSet, Principals, Rule
from core.domain.states import State

_PEOPLE: Final = 10


def people(everybody: Iterable[Requester]) -> str:
    """Mention several people."""
    return listed([person(who) for who in everybody])


def mentions(who: Principals) -> list[str]:
    """Say who they are, by mentions of users and groups; nothing for nobody."""
    if who.anyone:
        return ["any full member of this workspace"]
    named = [f"<@{escape(user)}>" for user in sorted(who.users)]
    named += [f"<!subteam^{escape(group)}>" for group in sorted(who.groups)]
    return named if len(named) <= _PEOPLE else [*named[:_PEOPLE], f"{len(named) - _PEOPLE} more"]


def by(facts: Facts) -> Actor | None:
    """Read who did it; ``None`` where the facts do not say."""
    try:
        return parse_actor(str(facts.get("by") or ""))
    except ValueError:
        return None


def approval(scene: Scene) -> str:
    """Say who approved; "" where nobody did."""
    voters = [vote.person for vote in scene.mapping.votes]
    return f"approved by {people(voters)}" if voters else ""


def no_longer(scene: Scene) -> str:
    """Say whose approval counts no longer; "" where all do."""
    lost = [vote.person for vote in scene.mapping.void_votes]
    return f"No longer counts, by the policy in force: the approval by {people(lost)}" if lost else ""


def missing(scene: Scene) -> str:
    """Say how many approvals a request still needs, and by whom some of them have to be."""
    left = agreeing.missing(scene.rule, scene.mapping.votes, scene.mapping.requester)
    needed = _missing(left.approvals, len(scene.mapping.votes))
    if not left.sets:
        return needed
    if left.approvals == 1:
        more = "1 more approval" if scene.mapping.votes else "1 approval"
        return f"{more} by {listed(sets(left.sets), 'who is also')}"
    return f"{needed}, among them {listed(sets(left.sets))}"


def unreachable(scene: Scene) -> list[str]:
    """Say that nobody can be reached who may approve, and who could change that; nothing where somebody can be."""
    whom = scene.mapping.unreachable
    if whom is None or scene.mapping.state is not State.REQUESTED:
        return []
    of_whom = f"Nobody of {shorten(whom, 200)}, of whom somebody has to approve," if whom else "Nobody who may approve"
    could = listed(mentions(scene.operators) or ["whoever runs Pod-Proxier"], "or")
    return [f"{of_whom} can be reached, as far as is known.", f"Who can change that, in the policy: {could}."]


def needed(rule: Rule) -> str:
    """Say how many approvals a rule wants, and by whom some of them have to be."""
    among = f" with {listed(sets(rule.approver_sets))} among them" if rule.approver_sets else ""
    return f"{count(rule.approvals, 'approval')}{among}"


def sets(wanted: Iterable[ApproverSet]) -> list[str]:
    """Name sets of approvers by what people call them."""
    return [f"one of {shorten(each.name, 60)}" for each in wanted]


def missing_for_more_time(scene: Scene) -> str:
    """Say how many approvals an extension still needs."""
    given = len(scene.mapping.extension.votes) if scene.mapping.extension else 0
    return _missing(scene.rule.extension_approvals - given, given)


def _missing(left: int, given: int) -> str:
    left = max(left, 1)
    whose = "somebody else" if left == 1 and not given else "others"
    return f"{count(left, 'more approval' if given else 'approval')} by {whose}"
