"""The policy: it can be read, and says what its author may not have meant."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from bot.doctor.patient import Patient
from bot.doctor.report import Finding, fail, note, ok
from core.domain.errors import PodProxierError
from core.domain.policy import NOBODY, Policy, Principals, Rule


def policy_if_readable(patient: Patient) -> Policy | None:
    """Read it for another check; why it cannot be read is told by this one."""
    try:
        return patient.policy()
    except PodProxierError:
        return None


async def remarks(patient: Patient) -> Sequence[Finding]:
    """Remark on each rule, and on the whole."""
    policy = patient.policy()
    found = [finding for number in range(len(policy.rules)) for finding in _on_rule(policy, number)]
    if policy.operators == NOBODY:
        found.append(note("there are no operators", "name some, who may extend and close what others asked for"))
    return [ok(f"readable, {len(policy.rules)} rule(s)"), *found]


def _on_rule(policy: Policy, number: int) -> list[Finding]:
    rule = policy.rules[number]
    name = f"rule {number + 1} ({', '.join(rule.namespaces)})"
    found = []
    if _never_reached(rule, policy.rules[:number]):
        found.append(note(f"{name} never counts: earlier rules cover all of it", "put it before them"))
    if _few(rule.approvers, rule.approvals):
        found.append(fail(f"{name} wants {rule.approvals} approval(s) and names fewer approvers", "name more"))
    if not rule.approvals:
        found.append(note(f"{name} opens ports without anybody's approval"))
    if rule.v1:
        found.append(note(f"{name} lets the previous service's API open ports without asking anybody"))
    return [*found, *_open_to_anyone(rule, name)]


def _open_to_anyone(rule: Rule, name: str) -> list[Finding]:
    if rule.requesters == NOBODY:
        return []  # a rule that keeps a namespace closed has nothing to approve
    may = [
        *(["ask"] if rule.requesters.anyone else []),
        *(["approve"] if rule.approvers.anyone and (rule.approvals or rule.extension_approvals) else []),
    ]
    if not may:
        return []
    return [note(f"{name} lets any full member of the workspace {' and '.join(may)}", "name users or groups")]


def _few(approvers: Principals, approvals: int) -> bool:
    """Whether the users that are named can never be enough; how many are in a group is not known here."""
    return not (approvers.anyone or approvers.groups) and len(approvers.users) < approvals


def _never_reached(rule: Rule, earlier: Sequence[Rule]) -> bool:
    globs = [glob for each in earlier for glob in each.namespaces]
    return all(any(name == glob or fnmatchcase(name, glob) for glob in globs) for name in rule.namespaces)
