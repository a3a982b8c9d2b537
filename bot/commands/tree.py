"""The verbs, in the groups that ``--help`` shows; the flags of a verb are added when it is the one that was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Final

from bot.commands.help import GroupedHelp, Heading
from bot.parser import StrictParser


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb.

    Attributes:
        what: it does, in a line.
        flags: the module that adds its flags, by ``FLAGS``; those of the settings take half a second to load.
    """

    name: str
    what: str
    flags: str


_CLIENT: Final = "bot.commands.client"
_SERVICE: Final = "bot.commands.service"
_AUDIT: Final = "bot.commands.audit"

GROUPS: Final[Mapping[str, tuple[Verb, ...]]] = {
    "ports to pods, over the REST API of a bot": (
        Verb("open", "ask for a port to a pod; with --wait, come back with HOST:PORT", _CLIENT),
        Verb("list", "list mappings", _CLIENT),
        Verb("show", "tell everything about one", _CLIENT),
        Verb("extend", "ask for more time", _CLIENT),
        Verb("close", "end one now, or take back a request", _CLIENT),
    ),
    "the bot": (
        Verb("serve", "run the bot", _SERVICE),
        Verb("doctor", "check everything the bot depends on, a line each; exit 1 if anything fails", _SERVICE),
        Verb("audit", "read the record of everything that was decided or refused; verify it, erase from it", _AUDIT),
        Verb("db", "migrate the database, or say how far it is", _SERVICE),
    ),
    "setting things up": (
        Verb("demo", "play the whole story on this machine; needs no Slack and no cluster", _SERVICE),
        Verb("haproxy-config", "print the configuration and the Lua for an HAProxy of your own", _SERVICE),
        Verb("slack-manifest", "print the manifest of the Slack app", _SERVICE),
        Verb("completion", "print what completes all of this in a shell", _CLIENT),
    ),
}


def parser_of(chosen: str | None = None) -> StrictParser:
    """Build the parser; all verbs are known to it, and of one that is ``chosen`` alone its flags.

    Args:
        chosen: the verb that was typed; ``None`` for the whole, with the flags of each.
    """
    root = GroupedHelp(
        [Heading(title, {verb.name: verb.what for verb in verbs}) for title, verbs in GROUPS.items()],
        prog="pod-proxier",
        description="Time-limited, approved TCP ports to Kubernetes pods.",
        epilog="pod-proxier VERB --help tells more. Flags without a verb mean serve.",
    )
    root.add_argument("--version", action="version", version=f"%(prog)s {version('pod-proxier')}")
    below = root.add_subparsers(metavar="VERB", required=True, parser_class=StrictParser)
    for verb in (verb for group in GROUPS.values() for verb in group):
        parser: StrictParser = below.add_parser(verb.name, help=verb.what, description=_sentence(verb.what))
        parser.set_defaults(verb=verb.name.replace("-", "_"))
        if chosen in {None, verb.name}:
            import_module(verb.flags).FLAGS[verb.name](parser)
    return root


def _sentence(what: str) -> str:
    return f"{what[0].upper()}{what[1:]}."
