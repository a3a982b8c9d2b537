from typing import ClassVar

from core.strict_model import BadFile


class BadTokens(BadFile):
    """A file of tokens that cannot be used; no word of it is a token's."""

    what: ClassVar[str] = "the tokens"
