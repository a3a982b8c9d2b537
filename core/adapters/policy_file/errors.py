from typing import ClassVar

from core.strict_model import BadFile


class BadPolicy(BadFile):
    """A policy that cannot be used."""

    what: ClassVar[str] = "the policy"
