"""``pod NS/NAME[:PORT] [TTL] [from ADDR[,ADDR]] [reason...]``: TTL and sources in either order, the rest is the reason.

What looks like a TTL or like sources, and is none, is an error and never quietly a part of the reason: who believes to
have said from where must not get a port that is open to everybody.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Final

from bot.slack.parsing.addresses import addresses_at, is_address, like_an_address
from bot.slack.parsing.durations import is_duration, span_of_duration
from bot.slack.parsing.spelling import bare
from core.domain.errors import BadInput, BadSource, BadTarget, BadTtl
from core.domain.request import Ask
from core.domain.sources import Sources
from core.domain.target import MAX_PORT, Kind, Target
from core.domain.ttl import format_ttl, parse_ttl

LONGEST_REASON: Final = 300
_EXAMPLE: Final = "pod payments/api-0 2h"
_PRIVILEGED: Final = 1024
_MINUTES: Final = 60


def read_ask(words: Sequence[str]) -> Ask:
    """Read what follows ``pod``.

    Raises:
        BadInput: ``hint`` is the whole command with its mistake mended, as far as that can be guessed.
    """
    return _Reader(words).read()


class _Reader:
    """Goes through the words once."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._at = list(words), 0
        self._target: Target | None = None
        self._ttl: timedelta | None = None
        self._sources: Sources | None = None

    def read(self) -> Ask:
        target = self._target = self._read_target()
        while self._clause():
            pass
        return Ask(target, self._ttl, self._sources, self._read_reason())

    # -- where we are, and what a mistake there would have to be instead ---------------------------------------------

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return bare(self._words[at]) if at < len(self._words) else ""

    def _with(self, start: int, end: int, instead: str) -> str:
        return " ".join(word for word in ("pod", *self._words[:start], instead, *self._words[end:]) if word)

    @contextmanager
    def _mending(self, start: int) -> Iterator[None]:
        """Make of the example for a part an example of the whole."""
        try:
            yield
        except BadInput as error:
            part = re.split(r", | or ", error.hint)[0]
            error.hint = self._with(start, self._at, part)
            raise

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _read_target(self) -> Target:
        if not self._words:
            raise BadTarget("", "the target is missing: which pod?", example=_EXAMPLE)
        word = re.sub(r"^https?://", "", self._peek())
        self._at = 1
        with self._mending(0):
            return Target.parse(Kind.POD, word)

    def _clause(self) -> bool:
        """Read a TTL or sources, where that is what comes next."""
        if self._at >= len(self._words):
            return False
        word = self._peek()
        if not word.strip("-"):
            self._at += 1  # "api-0 -- order 4711 hangs"
        elif word.lower() == "from" and self._from_where():
            self._read_sources()
        elif is_address(word):
            raise self._lone_address(word)
        elif self._ttl is None:
            return self._read_ttl(word)
        else:
            return self._check_second_ttl(word)
        return True

    def _from_where(self) -> bool:
        if self._at + 1 == len(self._words):
            example = self._with(self._at, self._at + 1, "from 10.1.2.3")
            raise BadInput("from", "from where? say an address", example=example)
        return like_an_address(self._peek(1))

    def _read_sources(self) -> None:
        start = self._at
        found, length = addresses_at(self._words[start + 1 :])
        self._at = start + 1 + length
        if self._sources is not None:
            raise BadInput("from", "there are two lists of sources", example=self._with(start, self._at, ""))
        try:
            self._sources = Sources.parse(",".join(found))
        except BadSource as error:
            mended = [error.hint if address == error.part else address for address in found]
            error.hint = self._with(start, self._at, f"from {','.join(mended)}")
            raise

    def _lone_address(self, word: str) -> BadInput:
        if self._sources is None:
            example = self._with(self._at, self._at + 1, f"from {word}")
            return BadInput(word, f"{word!r} looks like a source: put from before it", example=example)
        before = self._peek(-1)
        joined = self._with(self._at - 1, self._at + 1, f"{before},{word}")
        example = joined if is_address(before) else self._with(self._at, self._at + 1, "")
        return BadInput(word, f"{word!r} looks like one more source: put a comma between sources", example=example)

    def _read_ttl(self, word: str) -> bool:
        if word.lower() == "for" and is_duration(self._words[self._at + 1 :]):
            self._at += 1
        elif not (word[0].isdigit() or word[0] in "+-"):
            return False
        self._check_no_port(word)
        start = self._at
        self._at += span_of_duration(self._words[start:])
        with self._mending(start):
            self._ttl = parse_ttl(" ".join(bare(each) for each in self._words[start : self._at]))
        self._check_no_stray_minutes(start)
        return True

    def _check_no_port(self, word: str) -> None:
        """A number as large as this is rather a port than a time without its unit."""
        target = self._target
        number = int(word) if word.isascii() and word.isdigit() and len(word) <= len(str(MAX_PORT)) else 0
        if target is None or target.port is not None or not _PRIVILEGED <= number <= MAX_PORT:
            return
        if span_of_duration(self._words[self._at :]) == 1:
            example = " ".join(["pod", f"{target}:{number}", *self._words[self._at + 1 :]])
            raise BadTtl(word, f"{word!r} has no unit; a port goes right behind the name", example=example)

    def _check_no_stray_minutes(self, start: int) -> None:
        word = self._peek()
        if word.isascii() and word.isdigit() and int(word[:3]) < _MINUTES and self._at + 1 == len(self._words):
            guess = f"{format_ttl(self._ttl or timedelta())}{word}m"
            example = self._with(start, self._at + 1, guess)
            raise BadTtl(word, f"{word!r} has no unit: is it a part of the time?", example=example)

    def _check_second_ttl(self, word: str) -> bool:
        """A duration in one word, right after the TTL; ``2h 500 errors`` is none."""
        if is_duration([word]):
            example = self._with(self._at, self._at + 1, "")
            raise BadTtl(
                word, f"there are two times: {format_ttl(self._ttl or timedelta())} and {word}", example=example
            )
        return False

    def _read_reason(self) -> str:
        words = self._words[self._at :]
        reason = " ".join(words)
        if len(reason) > LONGEST_REASON:
            example = self._with(self._at, len(self._words), " ".join(words[:5])[:60])
            what = f"the reason has {len(reason)} characters; {LONGEST_REASON} at most"
            raise BadInput(reason, what, example=example)
        if self._sources is None:
            self._check_no_late_sources(words)
        return reason

    def _check_no_late_sources(self, words: Sequence[str]) -> None:
        for at, (word, after) in enumerate(pairwise(words)):
            if word.lower() == "from" and is_address(bare(after)):
                clause, rest = f"from {bare(after)}", [*words[:at], *words[at + 2 :]]
                example = " ".join(["pod", *self._words[: self._at], clause, *rest])
                raise BadInput(f"{word} {after}", "sources go before the reason", example=example)
