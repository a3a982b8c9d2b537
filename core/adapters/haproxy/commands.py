"""Commands of the runtime socket, as text: nothing gets in that could end an argument or start another command."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NewType

from core.adapters.haproxy.operations import Add, Aim, Change, Cut, Delete, Operation, Ready
from core.adapters.haproxy.slots import ALLOW, SERVER, UNTIL, Entry, backend
from core.domain.errors import GatewayRefused

Command = NewType("Command", str)

LONGEST: Final = 12_000
"""Characters of one line, its payload included; HAProxy reads a line into one buffer of 16,384 (tune.bufsize)."""

# Not among them: ``;`` separates commands, ``\`` escapes, ``<<`` begins a payload, white space ends an argument.
_ARGUMENT: Final = re.compile(r"[A-Za-z0-9_.:/@#%+,=~-]+")


def command(*words: object) -> Command:
    """Join words to a command.

    Raises:
        GatewayRefused: a word holds something that HAProxy would read as more than one.
    """
    return Command(" ".join(map(_argument, words)))


def _argument(word: object) -> str:
    text = str(word)
    if not _ARGUMENT.fullmatch(text):
        raise GatewayRefused("an argument", f"{text!r} has characters that its runtime socket gives a meaning to")
    return text


def payloads(first: Command, entries: Iterable[Entry]) -> Iterator[Command]:
    """Give a command many entries, in as many lines as it takes."""
    lines: list[str] = []
    size = 0
    for key, value in entries:
        line = f"{_argument(key)} {_argument(value)}\n"
        if lines and size + len(line) > LONGEST:
            yield _with_payload(first, lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield _with_payload(first, lines)


def _with_payload(first: Command, lines: list[str]) -> Command:
    return Command(f"{first} <<\n{''.join(lines)}")


def batches(commands: Iterable[Command]) -> Iterator[list[Command]]:
    """Group commands into lines that HAProxy can read; one with a payload ends its line."""
    batch: list[Command] = []
    size = 0
    for one in commands:
        if batch and (size + len(one) > LONGEST or "\n" in batch[-1]):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one) + 1
    if batch:
        yield batch


# -- what is done to a slot --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Maps:
    """The paths of the two maps, as HAProxy knows them."""

    allow: str
    until: str

    def path(self, name: str) -> str:
        """Find the path of a map by the name of its file."""
        return {ALLOW: self.allow, UNTIL: self.until}[name]


def spell(operation: Operation, maps: Maps) -> list[Command]:
    """Spell an operation; a cut takes both commands (48,000 connections: 0 survivors, 4 to 6 without the first)."""
    match operation:
        case Cut(port):
            server = _server(port)
            return [
                command("set", "server", server, "state", "maint"),
                command("shutdown", "sessions", "server", server),
            ]
        case Aim(port, address, target_port):
            return [command("set", "server", _server(port), "addr", address, "port", target_port)]
        case Ready(port):
            return [command("set", "server", _server(port), "state", "ready")]
        case Add(name, key, value):
            return [command("add", "map", maps.path(name), key, value)]
        case Change(name, key, value):
            return [command("set", "map", maps.path(name), key, value)]
        case Delete(name, key):
            return [command("del", "map", maps.path(name), key)]


def _server(port: int) -> str:
    return f"{backend(port)}/{SERVER}"
