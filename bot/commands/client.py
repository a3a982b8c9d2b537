"""What the verbs take that ask a bot over REST."""

import argparse
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from core.domain.errors import BadTtl
from core.domain.states import State
from core.domain.ttl import parse_ttl

SHELLS: Final = ("bash", "zsh", "fish")
_KEY: Final = re.compile(r"[!-~]{1,200}")
_NAME: Final = re.compile(r"[a-z0-9.-]{1,253}")
_REQUESTER: Final = re.compile(r"slack:[!-.0-~]+/[!-~]+|rest:[!-~]+")
_REF: Final = "an id (m42), a port, or HOST:PORT"


def _open(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "As in Slack, the words may be: payments/api-0:5005 2h from 10.1.2.3 order 4711 hangs"
    parser.add_argument("words", nargs="+", metavar="NS/POD[:PORT] [TTL]", help="which pod, and for how long: 90m, 2h")
    parser.add_argument("--from", dest="sources", metavar="ADDR,ADDR", help="who may connect: addresses or networks")
    parser.add_argument("--reason", metavar="TEXT", help="why; whoever approves reads it")
    parser.add_argument(
        "--key", metavar="KEY", type=_key, help="the same again with the same key asks only once (default: its own)"
    )
    parser.add_argument(
        "--wait",
        nargs="?",
        type=_limit,
        default=argparse.SUPPRESS,
        metavar="TIME",
        help="wait until it is open, and print HOST:PORT; --wait=5m for so long at most, then exit 4",
    )
    _add_common(parser)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all-states", action="store_true", help="those that are over, too")
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        choices=[str(state) for state in State],
        help="only in this state; again for more",
    )
    parser.add_argument("--namespace", metavar="NAME", type=_name, help="only to pods of this namespace")
    parser.add_argument("--pod", metavar="NAME", type=_name, help="only to pods of this name")
    parser.add_argument(
        "--requester",
        metavar="WHO",
        type=_requester,
        help="only of one who asked: slack:T0/U1 or rest:NAME, as show has it",
    )
    parser.add_argument("--limit", metavar="N", type=_count, help="only the newest N")
    _add_common(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reference", metavar="REF", help=_REF)
    _add_common(parser)


def _extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="REF TIME", help=f"{_REF}; and how much more: 30m")
    _add_common(parser)


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.epilog = 'For bash, in ~/.bashrc: eval "$(pod-proxier completion bash)"'
    parser.add_argument("shell", choices=SHELLS, metavar="|".join(SHELLS), help="the shell")


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the bot to ask, and how to print")
    group.add_argument(
        "--server", metavar="URL", help="where it is (default: http://127.0.0.1:3343; POD_PROXIER_SERVER)"
    )
    group.add_argument(
        "--token-file",
        metavar="FILE",
        help="who we are (POD_PROXIER_TOKEN_FILE; or the token itself in POD_PROXIER_TOKEN)",
    )
    group.add_argument(
        "--output", choices=("table", "json", "yaml"), default="table", help="table for people (default), json, yaml"
    )


def _limit(text: str) -> timedelta | None:
    try:
        return parse_ttl(text) if text else None
    except BadTtl as exc:
        raise argparse.ArgumentTypeError(f"{exc}; for example --wait={exc.hint}") from exc


def _key(text: str) -> str:
    return _fitting(_KEY, text, "no key: up to 200 letters, digits and signs, without blanks", "--key build-4711")


def _name(text: str) -> str:
    return _fitting(_NAME, text.lower(), "no name of a namespace or a pod", "--namespace payments --pod api-0")


def _requester(text: str) -> str:
    return _fitting(_REQUESTER, text, "neither a person nor a token's name", "--requester rest:ci, or slack:T0/U1")


def _fitting(pattern: re.Pattern[str], text: str, problem: str, example: str) -> str:
    if not pattern.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is {problem}; for example {example}")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on; for example --limit 20")
    return int(text)


FLAGS: Final[Mapping[str, Callable[[argparse.ArgumentParser], None]]] = {
    "open": _open,
    "list": _list,
    "show": _show,
    "extend": _extend,
    "close": _show,
    "completion": _completion,
}
