"""``pod-proxier VERB``: reads the command line, and hands over to the verb."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from bot import demo
from bot.bootstrap import database_revision, haproxy_files, patient_of, upgrade_database
from bot.doctor.checks import examine
from bot.logs import configure_logs
from bot.serving import serve
from bot.settings import Settings, StrictParser, add_flags, flags_in, settle
from bot.slack.manifest import EXAMPLE_URL, manifest
from core.domain.errors import PodProxierError
from core.domain.target import Kind, Target

OK: Final = 0
FAILED: Final = 1

Verb: TypeAlias = Callable[[argparse.Namespace], int]

_GATEWAY_FIELDS: Final = ("ports", "bind_addr", "whoami_port", "haproxy_socket", "state_dir", "config")
_DATABASE_FIELDS: Final = ("state_dir", "database_url", "config")
_MANIFEST_FIELDS: Final = ("slack_transport",)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0, or 1 where it could not be done; the reason is on stderr, with what would work.
    """
    chosen = _parser().parse_args(_with_a_verb(sys.argv[1:] if argv is None else argv))
    verb: Verb = chosen.verb
    try:
        return verb(chosen)
    except* PodProxierError as group:
        for error in _leaves(group):
            _say(f"pod-proxier: {error}" + (f"\n  {error.hint}" if error.hint else ""), to_stderr=True)
    return FAILED


def _with_a_verb(argv: Sequence[str]) -> list[str]:
    """Take flags alone for ``serve``, as the previous service did."""
    alone = not argv or (argv[0].startswith("-") and argv[0] not in {"-h", "--help"})
    return ["serve", *argv] if alone else list(argv)


# -- the command line -------------------------------------------------------------------------------------------------


def _parser() -> StrictParser:
    parser = StrictParser(
        prog="pod-proxier",
        description="Time-limited, approved TCP ports to Kubernetes pods, from Slack.",
        epilog="pod-proxier VERB --help tells more. Flags without a verb mean serve.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add_flags(_verb(verbs, "serve", _serve, "run the bot"))
    staying = _verb(verbs, "demo", _demo, "play the whole story on this machine; needs no Slack and no cluster")
    staying.add_argument("--stay", action="store_true", help="keep everything running afterwards, to look around")
    _add_doctor(verbs)
    _add_haproxy_config(verbs)
    _add_slack_manifest(verbs)
    _add_db(verbs)
    return parser


def _verb(verbs: Any, name: str, verb: Verb, what: str) -> StrictParser:
    parser: StrictParser = verbs.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.set_defaults(verb=verb)
    return parser


def _add_doctor(verbs: Any) -> None:
    parser = _verb(
        verbs, "doctor", _doctor, "check everything the bot depends on, a line each; exit 1 if anything fails"
    )
    parser.add_argument("--target", metavar="NS/POD:PORT", help="try this pod as well, from the gateway's side")
    add_flags(parser)


def _add_haproxy_config(verbs: Any) -> None:
    what = "print the configuration and the Lua for an HAProxy of your own"
    parser = _verb(verbs, "haproxy-config", _haproxy_config, what)
    parser.add_argument("--write", metavar="FOLDER", type=Path, help="write all its files there instead")
    add_flags(parser, _GATEWAY_FIELDS)


def _add_slack_manifest(verbs: Any) -> None:
    parser = _verb(verbs, "slack-manifest", _slack_manifest, "print the manifest of the Slack app")
    parser.add_argument("--url", default=EXAMPLE_URL, help="with --slack-transport http: where Slack posts to")
    add_flags(parser, _MANIFEST_FIELDS)


def _add_db(verbs: Any) -> None:
    parser = _verb(verbs, "db", _db, "migrate the database, or say how far it is")
    parser.add_argument("what", choices=("upgrade", "revision"))
    add_flags(parser, _DATABASE_FIELDS)


# -- the verbs --------------------------------------------------------------------------------------------------------


def _serve(chosen: argparse.Namespace) -> int:
    settings = _settings(chosen)
    configure_logs(settings.log_format, settings.log_level)
    asyncio.run(serve(settings))
    return OK


def _demo(chosen: argparse.Namespace) -> int:
    return demo.main(stay=chosen.stay)


def _doctor(chosen: argparse.Namespace) -> int:
    target = Target.parse(Kind.POD, chosen.target) if chosen.target else None
    healthy = asyncio.run(examine(patient_of(_settings(chosen)), _say, target))
    return OK if healthy else FAILED


def _haproxy_config(chosen: argparse.Namespace) -> int:
    files = haproxy_files(_settings(chosen), chosen.write)
    for path, text in files.items():
        if chosen.write is None:
            _say(f"# ---- {path}\n{text}")
        else:
            path.write_text(text)
            _say(str(path))
    return OK


def _slack_manifest(chosen: argparse.Namespace) -> int:
    _say(manifest(_settings(chosen).slack_transport, chosen.url))
    return OK


def _db(chosen: argparse.Namespace) -> int:
    do = upgrade_database if chosen.what == "upgrade" else database_revision
    _say(asyncio.run(do(_settings(chosen))))
    return OK


# -- parts ------------------------------------------------------------------------------------------------------------


def _settings(chosen: argparse.Namespace) -> Settings:
    return settle(flags_in(chosen), os.environ)


def _leaves(group: BaseExceptionGroup[PodProxierError]) -> Iterator[PodProxierError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _say(text: str, *, to_stderr: bool = False) -> None:
    print(text, file=sys.stderr if to_stderr else sys.stdout)
