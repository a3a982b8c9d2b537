"""Telling addresses from other words, and finding the end of a list of them."""

import re
from collections.abc import Sequence
from typing import Final

from bot.slack.parsing.spelling import bare

_V4: Final = re.compile(r"\d+(\.\d+){3}(/\d*)?")
_V6: Final = re.compile(r"(?=.*::|(.*:){7})[0-9a-f:.]+(/\d*)?", re.IGNORECASE)
_HEX: Final = re.compile(r"[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(/\S*)?", re.IGNORECASE)
_HOST: Final = re.compile(r"localhost|([a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)


def is_address(word: str) -> bool:
    """Whether a word is an address or a network, whatever its numbers: it would be one wherever it stood."""
    return bool(_V4.fullmatch(_naked(word)) or _V6.fullmatch(_naked(word)))


def like_an_address(word: str) -> bool:
    """Whether a word after ``from`` is meant as an address: ``10.1.2.300``, ``10.1.2.x`` and ``gw.example.com`` are."""
    first = _naked(word.partition(",")[0]).lstrip("+-")
    numeric = first[:1].isdigit() and any(sign in first for sign in ".:/")
    return numeric or is_address(first) or bool(_HEX.fullmatch(first) or _HOST.fullmatch(first))


def addresses_at(words: Sequence[str]) -> tuple[list[str], int]:
    """Read the list that begins with the first word: commas between, with spaces or without; an ``and`` will do.

    Returns:
        The addresses, whatever they are, and how many words they take.
    """
    found, end, at = _pieces(words[0]), 1, 1
    more = words[0].endswith(",")
    while at < len(words):
        word = words[at]
        joins = word.lower() == "and" or not _pieces(word)
        if not joins:
            if not ((more or word.startswith(",")) and like_an_address(_pieces(word)[0])):
                break
            found, end = [*found, *_pieces(word)], at + 1
        more = joins or word.endswith(",")
        at += 1
    return found, end


def _pieces(word: str) -> list[str]:
    return [naked for piece in word.split(",") if (naked := _naked(piece))]


def _naked(word: str) -> str:
    return bare(word).strip("[]")
