"""What somebody typed, without what Slack, keyboards and copy-and-paste have made of it."""

import re
from typing import Final
from unicodedata import category

_LOOKALIKES: Final = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\uff0d", "-"),
        **dict.fromkeys("\u2014\u2015", "--"),
        "\uff1a": ":",  # full-width, as Asian keyboards have them
        "\uff0f": "/",
        "\uff0c": ",",
        "\u2800": " ",  # blanks that Unicode does not count as spaces
        "\u3164": " ",
        "\u2026": "...",
        "`": None,  # code, or a fence of it
    }
)
_LINK: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^<>|]*)(?:\|([^<>]*))?>")
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY: Final = re.compile("|".join(_ENTITIES))
_INVISIBLE: Final = frozenset({"Cf", "Cs", "Cc"})


def plain(text: str) -> str:
    """Spell a text as it was meant; words have one space between them.

    Links that Slack wrapped become what was typed; mentions stay as they are.
    """
    visible = "".join(_visible(char) for char in text.translate(_LOOKALIKES))
    unwrapped = _LINK.sub(lambda found: found[2] or found[1], visible)
    return " ".join(_ENTITY.sub(lambda found: _ENTITIES[found[0]], unwrapped).split())


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if category(char) in _INVISIBLE else char


def bare(word: str) -> str:
    """Take off the quotes and the punctuation that people put around a word."""
    return word.strip("\"',;()").rstrip(".")
