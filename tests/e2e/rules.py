"""Policies and pods to try, as short as a story needs them."""

from tests.e2e.rig import Rig

_TIMES = "sources: [127.0.0.0/8], default_ttl: 30s, max_ttl: 5m, max_lifetime: 10m, extend_by: [5s, 10s]"


def policy(rig: Rig, *rules: str) -> str:
    """Rules with the same times; carol is the operator."""
    lines = "".join(f"  - {{{rule}, {_TIMES}}}\n" for rule in rules)
    return f"operators: {{users: [{rig.carol.id}]}}\nrules:\n{lines}"


def pods(rig: Rig, *names: str) -> str:
    """All of them are the one pod, by different names."""
    entries = [f"{{namespace: {space}, name: {name}, address: 127.0.0.1" for space, _, name in _parted(names)]
    return "".join(f"- {entry}, ports: [{{name: debug, number: {rig.pod.port}}}]}}\n" for entry in entries)


def _parted(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [name.partition("/") for name in names]
