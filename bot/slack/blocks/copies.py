"""Commands to copy, made from what is there."""

from dataclasses import replace
from ipaddress import ip_network

from bot.slack.blocks.mrkdwn import code
from bot.slack.blocks.scene import Scene
from bot.slack.parsing.commands import Command, Request, written
from core.domain.mapping import Mapping
from core.domain.notices import Facts
from core.domain.policy import Rule
from core.domain.request import Ask
from core.domain.sources import Sources


def copy(command: Command) -> str:
    """Show a command; a reason that a person wrote may be cut at its end."""
    return code(written(command), 800)


def again(mapping: Mapping, rule: Rule) -> str:
    """Show the command that asks for the same once more."""
    return copy(Request(_asked(mapping, rule)))


def wider(scene: Scene, refused: Facts) -> str:
    """Show the command that asks to let the refused callers in as well; "" where the rule permits none of that."""
    more = [ip_network(address) for address in refused]
    sources = Sources.of([*scene.mapping.sources.networks, *more])
    if not scene.rule.sources.covers(sources):
        return ""
    return copy(Request(replace(_asked(scene.mapping, scene.rule), sources=sources)))


def _asked(mapping: Mapping, rule: Rule) -> Ask:
    sources = None if mapping.sources == rule.sources else mapping.sources
    return Ask(mapping.target, mapping.ttl, sources, mapping.reason)
