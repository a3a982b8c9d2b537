from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.names import Look
from core.interfaces import Names
from tests.contract.cluster.hands import Hands, eventually


@dataclass
class World:
    """An adapter under test, and the hands that change what it looks at."""

    names: Names
    hands: Hands


def remembered(names: Names, namespace: str) -> Mapping[str, Look] | None:
    roll = names.roll(namespace)
    return None if roll is None else {name: roll.look(name) for name in roll.names}


async def knows(names: Names, namespace: str, *pods: str) -> None:
    """Wait until exactly these pods of a namespace are known."""
    expected = sorted(pods)
    await eventually(lambda: (roll := names.roll(namespace)) is not None and list(roll.names) == expected)
