"""``pod-proxier VERB``: reads the command line, and hands over to the verb.

The verbs are modules of ``bot.verbs``, loaded one at a time: nobody waits for HAProxy's and Kubernetes' to read a help.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from textwrap import indent
from typing import Any, Final, TypeAlias

from bot.settings import StrictParser, add_flags
from bot.slack.manifest import EXAMPLE_URL
from core.domain.errors import PodProxierError

OK: Final = 0
FAILED: Final = 1

Verb: TypeAlias = Callable[[argparse.Namespace], int]

_GATEWAY_FIELDS: Final = (
    "gateway",
    "ports",
    "bind_addr",
    "whoami_port",
    "haproxy_socket",
    "api_addr",
    "api_user",
    "state_dir",
    "config",
)
_DATABASE_FIELDS: Final = ("state_dir", "database_url", "config")
_MANIFEST_FIELDS: Final = ("slack_transport",)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0, or 1 where it could not be done; the reason is on stderr, with what would work.
    """
    chosen = _parser().parse_args(_with_a_verb(sys.argv[1:] if argv is None else argv))
    verb: Verb = import_module(f"bot.verbs.{chosen.verb}").run
    try:
        return verb(chosen)
    except* PodProxierError as group:
        for error in _leaves(group):
            print(f"pod-proxier: {error}\n{indent(error.hint, '  ')}".rstrip(), file=sys.stderr)
    except* BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
    return FAILED


def _with_a_verb(argv: Sequence[str]) -> list[str]:
    """Take flags alone for ``serve``, as the previous service did."""
    alone = not argv or (argv[0].startswith("-") and argv[0] not in {"-h", "--help", "--version"})
    return ["serve", *argv] if alone else list(argv)


def _leaves(group: BaseExceptionGroup[PodProxierError]) -> Iterator[PodProxierError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


# -- the command line -------------------------------------------------------------------------------------------------


def _parser() -> StrictParser:
    parser = StrictParser(
        prog="pod-proxier",
        description="Time-limited, approved TCP ports to Kubernetes pods, from Slack.",
        epilog="pod-proxier VERB --help tells more. Flags without a verb mean serve.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('pod-proxier')}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add_flags(_verb(verbs, "serve", "run the bot"))
    _add_demo(verbs)
    _add_doctor(verbs)
    _add_haproxy_config(verbs)
    _add_slack_manifest(verbs)
    _add_db(verbs)
    return parser


def _verb(verbs: Any, name: str, what: str) -> StrictParser:
    parser: StrictParser = verbs.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.set_defaults(verb=name.replace("-", "_"))
    return parser


def _add_demo(verbs: Any) -> None:
    parser = _verb(verbs, "demo", "play the whole story on this machine; needs no Slack and no cluster")
    parser.add_argument("--stay", action="store_true", help="keep everything running afterwards, to look around")


def _add_doctor(verbs: Any) -> None:
    parser = _verb(verbs, "doctor", "check everything the bot depends on, a line each; exit 1 if anything fails")
    parser.add_argument("--target", metavar="NS/POD:PORT", help="try this pod as well, from the gateway's side")
    add_flags(parser)


def _add_haproxy_config(verbs: Any) -> None:
    parser = _verb(verbs, "haproxy-config", "print the configuration and the Lua for an HAProxy of your own")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help="write all its files there instead")
    add_flags(parser, _GATEWAY_FIELDS)


def _add_slack_manifest(verbs: Any) -> None:
    parser = _verb(verbs, "slack-manifest", "print the manifest of the Slack app")
    parser.add_argument("--url", default=EXAMPLE_URL, help="with --slack-transport http: where Slack posts to")
    add_flags(parser, _MANIFEST_FIELDS)


def _add_db(verbs: Any) -> None:
    parser = _verb(verbs, "db", "migrate the database, or say how far it is")
    parser.add_argument(
        "what", choices=("upgrade", "revision"), metavar="upgrade|revision", help="migrate it; or say how far it is"
    )
    add_flags(parser, _DATABASE_FIELDS)
