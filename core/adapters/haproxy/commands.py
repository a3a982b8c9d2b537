"""Commands of the runtime socket, as text: nothing gets in that could end an argument or start another command."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NewType

from core.adapters.haproxy.slots import NOWHERE, SERVER, Entry, backend
from core.domain.errors import GatewayRefused
from core.domain.target import Address

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


def cut(port: int) -> list[Command]:
    """Shut a slot and end what is on it; it takes both (48,000 connections: 0 survivors, 4 to 6 without the first)."""
    server = f"{backend(port)}/{SERVER}"
    return [
        command("set", "server", server, "state", "maint"),
        command("shutdown", "sessions", "server", server),
    ]


def aim(port: int, address: Address, target_port: int) -> list[Command]:
    """Point a slot somewhere; from HAProxy 2.9 on this is done a little later, so read back before ``ready``."""
    server = f"{backend(port)}/{SERVER}"
    return [command("set", "server", server, "addr", address, "port", target_port)]


def aim_nowhere(port: int) -> list[Command]:
    """Point a slot where nothing listens."""
    return aim(port, *NOWHERE)


def ready(port: int) -> list[Command]:
    """Let a slot serve."""
    return [command("set", "server", f"{backend(port)}/{SERVER}", "state", "ready")]
