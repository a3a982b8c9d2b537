"""Completion in a shell, made from the parser itself."""

import argparse
import re
from collections.abc import Iterator, Mapping
from typing import Final

import shtab

_PATHS: Final[Mapping[str, object]] = {"FILE": shtab.FILE, "FOLDER": shtab.DIRECTORY, "PATH|HOST:PORT": shtab.FILE}
"""What to complete values with, by what stands for them in the help."""
_CHOICES: Final = re.compile(r"[a-z]+(\|[a-z]+)+")
"""Settings check their values themselves, so that argparse does not know them."""


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """Write what a shell has to run once, to complete this command line; the parser is good for nothing else then."""
    for action in _actions(parser):
        shown = str(action.metavar)
        if shown in _PATHS:
            action.complete = _PATHS[shown]  # type: ignore[attr-defined]  # where shtab looks for it
        elif _CHOICES.fullmatch(shown):
            action.choices = shown.split("|")
    written: str = shtab.complete(parser, shell)
    return written.rstrip()


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to its flags
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for below in action.choices.values():
                yield from _actions(below)
