"""The cluster: it answers, and lets us do with pods what has to be done, where the policy lets people ask."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from bot.doctor.patient import Patient, Permission
from bot.doctor.policy import policy_if_readable
from bot.doctor.report import Finding, fail, note, ok
from core.domain.errors import sentence
from core.domain.policy import Policy

_ALL: Final = ""
_EVERYTHING: Final = "*"
_WILD: Final = frozenset("*?[")


async def permissions(patient: Patient) -> Sequence[Finding]:
    """Every permission is there, for the namespaces that the policy names and, where it has globs, for all."""
    policy = policy_if_readable(patient)
    names, globs = _namespaces(policy) if policy else ([], [])
    async with patient.cluster() as cluster:
        answer = await cluster.check()
        missing = await cluster.missing_permissions([*names, *([_ALL] if globs else [])])
        well = ok(f"{cluster.where} answers ({answer}), and the permissions are there")
    verbs = _by_namespace(missing)
    everywhere = verbs.pop(_ALL, [])
    found = [_may_not(missing_there, namespace) for namespace, missing_there in verbs.items()]
    if everywhere:
        found.append(_may_not_everywhere(everywhere, globs))
    return found or [well]


def _namespaces(policy: Policy) -> tuple[list[str], list[str]]:
    """The namespaces of the policy: those named outright, and the globs."""
    named = {name for rule in policy.rules for name in rule.namespaces}
    globs = {name for name in named if set(name) & _WILD}
    return sorted(named - globs), sorted(globs)


def _by_namespace(missing: Iterable[Permission]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in missing:
        found[each.namespace].append(each.verb)
    return dict(found)


def _may_not(verbs: Sequence[str], namespace: str) -> Finding:
    return fail(f"may not {sentence(verbs)} pods in {namespace}", f"grant get, list and watch on pods in {namespace}")


def _may_not_everywhere(verbs: Sequence[str], globs: Sequence[str]) -> Finding:
    if _EVERYTHING in globs:
        return fail(
            f"may not {sentence(verbs)} pods in all namespaces, which the policy's {_EVERYTHING} stands for",
            "grant get, list and watch on pods by a ClusterRole, or name the namespaces in the policy",
        )
    return note(
        f"may not {sentence(verbs)} pods in all namespaces, and cannot tell which of them {sentence(globs)} stands for",
        "make sure that those namespaces grant get, list and watch on pods",
    )
