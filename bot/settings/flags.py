"""The flags, made from the model."""

import argparse
import sys
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from textwrap import wrap
from typing import Any, NoReturn

from pydantic.fields import FieldInfo

from bot.settings.about import Group, about, default, flag, variable
from bot.settings.model import Settings

_EPILOG = "Every flag is also a variable of the environment and, without --, a key of the file that --config names."


class StrictParser(argparse.ArgumentParser):
    """Takes no abbreviations, and answers an unknown flag with the one that was meant.

    An ``ArgumentParser`` gives its sub-commands its own class.
    """

    def __init__(self, **how: Any) -> None:
        defaults: dict[str, Any] = {"allow_abbrev": False, "formatter_class": _Wide}
        super().__init__(**(defaults | how))

    def parse_known_args(  # type: ignore[override]  # argparse overloads it by the kind of namespace; so does nobody here
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and refuse what is left over here, where the flags that were meant are known."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(self._about_unknown(unknown))
        return found, []

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, without the thirty lines of usage."""
        self.exit(2, f"{self.prog}: {message}\n{self.prog} --help lists what there is\n")

    def _about_unknown(self, unknown: Sequence[str]) -> str:
        word = unknown[0].partition("=")[0]
        near = get_close_matches(word, self._option_string_actions, n=1)
        kind = "flag" if word.startswith("-") else "argument"
        return f"there is no {kind} {word}" + (f"; did you mean {near[0]}?" if near else "")


class _Wide(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=116)

    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Any, prefix: str | None = None
    ) -> None:
        """Name what has to be there; thirty flags in a row help nobody."""
        actions = list(actions)
        words = [_name(action) for action in actions if not action.option_strings]
        if any(action.option_strings for action in actions):
            words.append("[flags]")
        super().add_usage(usage or " ".join(["%(prog)s", *words]), actions, groups, prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width, break_on_hyphens=False)  # a flag in the text stays in one piece


def _name(action: argparse.Action) -> str:
    return str(action.metavar or "|".join(map(str, action.choices or [action.dest])))


def add_flags(parser: argparse.ArgumentParser, only: Collection[str] | None = None) -> None:
    """Add a flag for each setting, or for those fields; one that is not given leaves nothing in the namespace."""
    parser.epilog = parser.epilog or _EPILOG
    fields = {name: field for name, field in Settings.model_fields.items() if only is None or name in only}
    for heading in Group:
        chosen = {name: field for name, field in fields.items() if about(field).group is heading}
        if chosen:
            _add_group(parser, heading, chosen)


def flags_in(namespace: argparse.Namespace) -> dict[str, Any]:
    """Pick the settings out of what was parsed."""
    return {name: value for name, value in vars(namespace).items() if name in Settings.model_fields}


def _add_group(parser: argparse.ArgumentParser, heading: Group, fields: dict[str, FieldInfo]) -> None:
    secrets = [variable(name, field) for name, field in fields.items() if about(field).secret]
    elsewhere = f"only in the environment or the file: {', '.join(secrets)}" if secrets else None
    group = parser.add_argument_group(str(heading), elsewhere)
    for name, field in fields.items():
        if not about(field).secret:
            _add(group, name, field)


def _add(group: Any, name: str, field: FieldInfo) -> None:
    what = f"{about(field).what} ({_aside(name, field)})".replace("%", "%%")
    if field.annotation is bool:
        group.add_argument(flag(name), action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=what)
    else:
        group.add_argument(flag(name), metavar=about(field).value, default=argparse.SUPPRESS, help=what)


def _aside(name: str, field: FieldInfo) -> str:
    known = default(field)
    return (f"default: {known}; " if known else "") + variable(name, field)


def parse(argv: Sequence[str]) -> dict[str, Any]:
    """Parse flags alone, without a sub-command; ends the process where they cannot be."""
    parser = StrictParser(prog=sys.argv[0].rpartition("/")[2] or "pod-proxier")
    add_flags(parser)
    return flags_in(parser.parse_args(list(argv)))
