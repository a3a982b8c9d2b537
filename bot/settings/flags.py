"""The flags, made from the model."""

import argparse
import sys
from collections.abc import Collection, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from bot.parser import StrictParser
from bot.settings.about import Group, about, default, flag, variable
from bot.settings.model import Settings

_EPILOG = "Every flag is also a variable of the environment and, without --, a key of the file that --config names."


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
