"""The exit codes of the command line: a script tells by them what to do next."""

from enum import IntEnum


class Exit(IntEnum):
    """How a verb ended."""

    DONE = 0
    FAILED = 1
    """It could not be done now; the same again later may do."""
    USAGE = 2
    """What was typed cannot be read."""
    REFUSED = 3
    """It was understood, and will not be done; the same again will not do."""
    WAITING = 4
    """``--wait`` ran out."""
    INTERRUPTED = 130
    """Ctrl-C; as shells have it."""
