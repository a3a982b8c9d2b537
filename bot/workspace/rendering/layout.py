"""Lines that fit a terminal."""

import re
import textwrap
from typing import Final

WIDTH: Final = 80
_BUTTON: Final = re.compile(r"\[ [^\[\]\n]* \]")
_GLUE: Final = "\N{NO-BREAK SPACE}"


def fitted(text: str, width: int) -> str:
    """The text in lines of at most that width, where its words allow it; a button is never broken in two.

    What a line of the text is indented by, its continuation is too.
    """
    return "\n".join(piece for line in text.splitlines() for piece in _pieces(line, width))


def indented(text: str, by: str) -> str:
    """Every line after a prefix."""
    return "\n".join((by + line).rstrip() for line in text.splitlines())


def _pieces(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    glued = _BUTTON.sub(lambda found: found[0].replace(" ", _GLUE), line)
    indent = line[: len(line) - len(line.lstrip())]
    pieces = textwrap.wrap(
        glued,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return [piece.replace(_GLUE, " ") for piece in pieces]
