"""What is told of a setting: in ``--help``, in the documentation, and in errors."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from pydantic.fields import FieldInfo

from core.domain.ttl import format_ttl

PREFIX: Final = "POD_PROXIER_"


class Group(StrEnum):
    """Headings under which the settings stand."""

    RIGHTS = "who may reach what"
    GATEWAY = "the gateway and its ports"
    CLUSTER = "where pods are looked up"
    SLACK = "Slack"
    REST = "REST, and what the service before this one had"
    RECORD = "the record"
    PROCESS = "the process"


@dataclass(frozen=True, slots=True)
class About:
    """One setting, for people.

    Attributes:
        value: what stands for the value: ``FILE``, ``PORT``.
        example: a value that is right.
        default: the default in words, where the value itself says too little.
        slacks_own: the environment variable has Slack's name, without ``POD_PROXIER_``.
        secret: never a flag; everybody on the machine can read the flags of a process.
    """

    group: Group
    what: str
    value: str = ""
    example: str = ""
    default: str = ""
    slacks_own: bool = False
    secret: bool = False


def about(field: FieldInfo) -> About:
    """Find what is told of a field."""
    return next(part for part in field.metadata if isinstance(part, About))


def flag(name: str) -> str:
    """Return the flag of a field."""
    return f"--{key(name)}"


def key(name: str) -> str:
    """Return the key of a field in a file."""
    return name.replace("_", "-")


def variable(name: str, field: FieldInfo) -> str:
    """Return the environment variable of a field."""
    return name.upper() if about(field).slacks_own else PREFIX + name.upper()


def default(field: FieldInfo) -> str:
    """Return the default as it would be typed; "" where there is none."""
    return about(field).default or _typed(field.default)


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return format_ttl(value)
    if isinstance(value, Collection) and not isinstance(value, str):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
