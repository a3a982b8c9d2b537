"""The parser of a command line: strict, and short in what it says. Knows no setting, and loads quickly."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from textwrap import wrap
from typing import Any, Final, NoReturn

_YES: Final = frozenset({"true", "1", "t", "yes", "on"})
_NO: Final = frozenset({"false", "0", "f", "no", "off"})
USAGE: Final = 2
"""Exit code for a command line that cannot be read; ``argparse`` has it so as well."""


class StrictParser(argparse.ArgumentParser):
    """Takes no abbreviations, and answers an unknown flag with the one that was meant.

    A value that may be left out stands behind a ``=``: ``--wait payments/api-0`` does not wait for "payments/api-0".
    Switches may be written as Go's flags are, ``--hide-backend=false``, as the service before this one took them.
    An ``ArgumentParser`` gives its sub-commands its own class.
    """

    def __init__(self, **how: Any) -> None:
        defaults: dict[str, Any] = {"allow_abbrev": False, "formatter_class": Wide}
        super().__init__(**(defaults | how))

    def parse_known_args(  # type: ignore[override]  # argparse overloads it by the kind of namespace; so does nobody here
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and refuse what is left over here, where the flags that were meant are known."""
        words = args if args is None else list(self._said_plainly(args))
        found, unknown = super().parse_known_args(words, namespace)
        if unknown:
            self.error(self._about_unknown(unknown))
        return found, []

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, without the thirty lines of usage."""
        self.exit(USAGE, f"{self.prog}: {message}\n{self.prog} --help lists what there is\n")

    def _said_plainly(self, args: Sequence[str]) -> Iterator[str]:
        """Write an empty value where one may be left out, and a switch by its name alone."""
        flags_end = args.index("--") if "--" in args else len(args)
        for at, word in enumerate(args):
            name, equals, value = word.partition("=")
            action = self._option_string_actions.get(name) if at < flags_end else None
            if isinstance(action, argparse.BooleanOptionalAction) and equals:
                yield self._switch(action, name, value)
            elif action is not None and action.nargs == argparse.OPTIONAL and not equals:
                yield f"{word}="
            else:
                yield word

    def _switch(self, action: argparse.Action, name: str, value: str) -> str:
        if value.lower() not in _YES | _NO:
            self.error(f"argument {name}: {value!r} is neither true nor false")
        on, off = action.option_strings[:2]
        return on if (value.lower() in _YES) == (name == on) else off

    def _about_unknown(self, unknown: Sequence[str]) -> str:
        word = unknown[0].partition("=")[0]
        near = get_close_matches(word, self._option_string_actions, n=1)
        kind = "flag" if word.startswith("-") else "argument"
        return f"there is no {kind} {word}" + (f"; did you mean {near[0]}?" if near else "")


class Wide(argparse.HelpFormatter):
    """Uses the width that screens have today."""

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

    def _format_action_invocation(self, action: argparse.Action) -> str:
        written = super()._format_action_invocation(action)
        return written.replace(" [", "[=") if action.option_strings and action.nargs == argparse.OPTIONAL else written

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width, break_on_hyphens=False)  # a flag in the text stays in one piece


def _name(action: argparse.Action) -> str:
    return str(action.metavar or "|".join(map(str, action.choices or [action.dest])))
