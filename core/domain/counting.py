"""What went through a mapping: a port's counters run on, so those at its opening are subtracted."""

from collections.abc import Mapping as Dict
from typing import TypeAlias

from core.domain.mapping import Baseline, Mapping, Traffic
from core.domain.route import Usage
from core.domain.target import Address

Counts: TypeAlias = Dict[Address, int]


def baseline(usage: Usage) -> Baseline:
    """Keep a port's counters as they are now, to subtract them at the end."""
    return Baseline(
        usage.epoch, usage.connections, usage.bytes_in, usage.bytes_out, dict(usage.callers), dict(usage.refused)
    )


def traffic(mapping: Mapping, usage: Usage | None) -> Traffic:
    """Subtract what the port had counted when this mapping opened."""
    if usage is None:
        return Traffic(complete=False)
    base = _base(mapping, usage.epoch)
    admitted = {a: n for a, n in _since(usage.callers, base.callers).items() if mapping.sources.admits(a)}
    return Traffic(
        connections=usage.connections - base.connections,
        bytes_in=usage.bytes_in - base.bytes_in,
        bytes_out=usage.bytes_out - base.bytes_out,
        callers=tuple(sorted(admitted, key=lambda a: (a.version, int(a)))),
        complete=base is mapping.baseline and not base.partial,
    )


def refused_since(mapping: Mapping, epoch: str, refused: Counts) -> dict[Address, int]:
    """Count by caller who was refused while this mapping was open, from what a life of the gateway counted."""
    return _since(refused, _base(mapping, epoch).refused)


def _base(mapping: Mapping, epoch: str) -> Baseline:
    """The counters to subtract; zeros where the gateway has begun another life since."""
    known = mapping.baseline
    return known if known is not None and known.epoch == epoch else Baseline(epoch)


def _since(now: Counts, then: Counts) -> dict[Address, int]:
    return {address: count - then.get(address, 0) for address, count in now.items() if count > then.get(address, 0)}
