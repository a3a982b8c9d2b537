"""A help whose verbs stand in groups; ``argparse`` knows groups of flags only."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.parser import StrictParser


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and the verbs below it with what they do."""

    title: str
    verbs: Mapping[str, str]


class GroupedHelp(StrictParser):
    """A parser of verbs."""

    def __init__(self, headings: Sequence[Heading], **how: Any) -> None:
        super().__init__(**how)
        self._headings = headings

    def format_help(self) -> str:
        """Write usage, description, the verbs by group, the flags of the program itself, and the epilog."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        for heading in self._headings:
            _add_section(formatter, heading.title, [_shown(*verb) for verb in heading.verbs.items()])
        _add_section(formatter, "flags", [action for action in self._actions if action.option_strings])
        formatter.add_text(self.epilog)
        return formatter.format_help()


def _add_section(formatter: argparse.HelpFormatter, title: str, actions: Sequence[argparse.Action]) -> None:
    formatter.start_section(title)
    formatter.add_arguments(actions)
    formatter.end_section()


def _shown(name: str, what: str) -> argparse.Action:
    return argparse.Action([], dest=name, help=what)
