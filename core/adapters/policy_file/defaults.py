"""What holds where nobody wrote anything."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.domain.policy import Policy, Rule

_USUAL: Final = Rule(())


def default_policy(namespaces: Sequence[str], max_ttl: timedelta, *, v1: bool = False) -> Policy:
    """Return the policy without a file: these namespaces, one approval by somebody else, ``max_ttl`` in all.

    With ``v1``, the previous service's API asks nobody there.
    """
    rule = Rule(
        namespaces=tuple(namespaces),
        default_ttl=min(_USUAL.default_ttl, max_ttl),
        max_ttl=max_ttl,
        max_lifetime=max_ttl,
        extend_by=steps_within(max_ttl),
        v1=v1,
    )
    return Policy((rule,))


def steps_within(max_ttl: timedelta) -> tuple[timedelta, ...]:
    """Return the usual steps of the Extend buttons as far as the rule permits them; at least the longest it does."""
    return tuple(step for step in _USUAL.extend_by if step <= max_ttl) or (max_ttl,)
