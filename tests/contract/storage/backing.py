from dataclasses import dataclass

from core.interfaces import Changes, Lease, Storage


@dataclass(frozen=True, slots=True)
class Backing:
    """One of the three, with the interfaces that it serves."""

    storage: Storage
    changes: Changes
    lease: Lease
