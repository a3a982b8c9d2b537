"""People in words: who did it, who agreed, who could."""

from collections.abc import Iterable
from typing import Final

from bot.slack.blocks.mrkdwn import escape, person
from bot.slack.blocks.phrases import count, listed
from bot.slack.blocks.scene import Scene
from core.domain.notices import Facts
from core.domain.people import Actor, Person, parse_actor
from core.domain.policy import Principals

_PEOPLE: Final = 10


def people(everybody: Iterable[Person]) -> str:
    """Mention several people."""
    return listed([person(who) for who in everybody])


def principals(who: Principals) -> str:
    """Say who they are, by mentions of users and groups; "" for nobody."""
    if who.anyone:
        return "any full member of this workspace"
    mentions = [f"<@{escape(user)}>" for user in sorted(who.users)]
    mentions += [f"<!subteam^{escape(group)}>" for group in sorted(who.groups)]
    if len(mentions) > _PEOPLE:
        mentions[_PEOPLE:] = [f"{len(mentions) - _PEOPLE} more"]
    return listed(mentions, "or") if mentions else ""


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


def missing(scene: Scene) -> str:
    """Say how many approvals a request still needs."""
    given = len(scene.mapping.votes)
    needed = max(scene.rule.approvals - given, 1)
    return f"{count(needed, 'more approval')} by others" if given else f"{count(needed, 'approval')} by somebody else"


def missing_for_more_time(scene: Scene) -> str:
    """Say how many approvals an extension still needs."""
    given = len(scene.mapping.extension.votes) if scene.mapping.extension else 0
    needed = max(scene.rule.extension_approvals - given, 1)
    return f"{count(needed, 'more approval' if given else 'approval')} by somebody else"
