"""What is done to a slot, whichever way leads to HAProxy: values, each spelt by whoever carries them out. Pure."""

from dataclasses import dataclass
from typing import TypeAlias

from core.domain.target import Address


@dataclass(frozen=True, slots=True)
class Cut:
    """Shut a slot and end what is on it."""

    port: int


@dataclass(frozen=True, slots=True)
class Aim:
    """Point a slot somewhere; may be done a little later than it is answered, so read back before ``Ready``."""

    port: int
    address: Address
    target_port: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Let a slot serve."""

    port: int


@dataclass(frozen=True, slots=True)
class Add:
    """Add an entry to a map (named by its file); one that is there already may be there twice then."""

    map: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Change:
    """Give an entry of a map that is there another value, and so all its doubles."""

    map: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Take an entry out of a map; of its doubles, one or all, as the version of HAProxy has it."""

    map: str
    key: str


ServerOperation: TypeAlias = Cut | Aim | Ready
MapOperation: TypeAlias = Add | Change | Delete
Operation: TypeAlias = ServerOperation | MapOperation
