"""Entries of files that people write: strict models, and where in the file a mistake of theirs is."""

from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import ErrorDetails

from core.domain.errors import PodProxierError
from core.marked_yaml import Place, Spot


class Misfit(ValueError):
    """A key that is right by itself, and wrong beside the others.

    Attributes:
        key: which.
        example: a value that would fit, as it is written; "" where the key's own example does.
    """

    def __init__(self, key: str, problem: str, example: str = "") -> None:
        super().__init__(problem)
        self.key, self.example = key, example


class Strict(BaseModel):
    """Takes no key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_key_is_bare(cls, given: object) -> object:
        """Refuse a key with nothing behind it: ``approvers:`` over lines that were commented out means nobody."""
        if isinstance(given, dict):
            for key, value in given.items():
                if value is None:
                    raise Misfit(str(key), "nothing is written behind it; write it, or leave out the key")
        return given


class BadFile(PodProxierError):
    """A file that cannot be used.

    Attributes:
        what: the file's name for people.
        spot: the first mistake's line and column; ``None`` where the file as a whole cannot be read.
        hint: what stands there when it is right.
    """

    what: ClassVar[str] = "the file"

    def __init__(self, path: Path, spot: Spot | None, problem: str, *, example: str = "") -> None:
        where = f"{path}, {spot}" if spot else str(path)
        super().__init__(f"{self.what} {where}: {problem}")
        self.path, self.spot, self.problem, self.hint = path, spot, problem, example


def cause_of(error: ErrorDetails) -> ValueError | None:
    """Find what one of our own checks raised."""
    return error.get("ctx", {}).get("error")


def place_of(error: ErrorDetails) -> Place:
    """Say where a mistake is; of a key that does not fit, at that key."""
    cause = cause_of(error)
    return (*error["loc"], cause.key) if isinstance(cause, Misfit) else error["loc"]
