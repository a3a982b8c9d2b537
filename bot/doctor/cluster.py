"""The cluster: it answers, and lets us do what has to be done with pods and, for V2, with Services.

With pods that is where the policy lets people ask.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from bot.doctor.patient import Patient, Permission
from bot.doctor.policy import policy_if_readable
from bot.doctor.report import Finding, fail, note, ok
from core.domain.errors import sentence
from core.domain.policy import Policy

_ALL: Final = ""
_EVERYTHING: Final = "*"
_WILD: Final = frozenset("*?[")
_PODS: Final = "pods"
_SLICES: Final = "endpointslices"
_NEEDED: Final = {_PODS: "get, list and watch", "services": "list and watch", _SLICES: "list and watch"}

Missing: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""The verbs that are missing, by resource and namespace."""


async def permissions(patient: Patient) -> Sequence[Finding]:
    """Every permission is there, for the namespaces that the policy names and, where it has globs, for all."""
    policy = policy_if_readable(patient)
    names, globs = _namespaces(policy) if policy else ([], [])
    async with patient.cluster() as cluster:
        answer = await cluster.check()
        asked = [*names, *([_ALL] if globs else [])]
        missing = await cluster.missing_permissions(asked, sorted(patient.service_namespaces))
        well = ok(f"{cluster.where} answers ({answer}), and the permissions are there")
    return list(_findings(_grouped(missing), globs)) or [well]


def _namespaces(policy: Policy) -> tuple[list[str], list[str]]:
    """The namespaces of the policy: those named outright, and the globs."""
    named = {name for rule in policy.rules for name in rule.namespaces}
    globs = {name for name in named if set(name) & _WILD}
    return sorted(named - globs), sorted(globs)


def _grouped(missing: Iterable[Permission]) -> Missing:
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in missing:
        found[each.resource, each.namespace].append(each.verb)
    return found


def _findings(missing: Missing, globs: Sequence[str]) -> Iterator[Finding]:
    for (resource, namespace), verbs in missing.items():
        if namespace == _ALL:
            yield _may_not_everywhere(verbs, globs)
        else:
            yield _may_not(verbs, resource, namespace)


def _may_not(verbs: Sequence[str], resource: str, namespace: str) -> Finding:
    text, remedy = f"may not {sentence(verbs)} {resource} in {namespace}", _remedy(resource, namespace)
    if resource == _SLICES:
        return note(f"{text}, so that headless Services there lead nowhere", remedy)
    return fail(text, remedy)


def _remedy(resource: str, namespace: str) -> str:
    return f"grant {_NEEDED[resource]} on {resource} in {namespace}"


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
