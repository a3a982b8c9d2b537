"""``pod-proxier VERB``: reads the command line, and hands over to the verb.

The verbs are modules of ``bot.verbs``, loaded one at a time: nobody waits for HAProxy's and Kubernetes' to read a help.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from textwrap import indent
from typing import TypeAlias

from bot.client.errors import exit_of
from bot.client.exits import Exit
from bot.commands.tree import parser_of
from core.domain.errors import PodProxierError

Verb: TypeAlias = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Returns:
        0, or an ``Exit`` that tells why it could not be done; the reason is on stderr, with what would work.
    """
    words = _with_a_verb(sys.argv[1:] if argv is None else argv)
    chosen = parser_of(words[0]).parse_args(words)
    verb: Verb = import_module(f"bot.verbs.{chosen.verb}").run
    code = Exit.FAILED
    try:
        return verb(chosen)
    except* PodProxierError as group:
        for error in _leaves(group):
            print(f"pod-proxier: {error}\n{indent(error.hint, '  ')}".rstrip(), file=sys.stderr)
            code = max(code, exit_of(error))
    except* BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
    except* KeyboardInterrupt:
        code = Exit.INTERRUPTED
    return code


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
