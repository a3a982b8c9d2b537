"""The tokens of REST: the file can be read, by nobody else, and goes together with the policy."""

import stat
from collections.abc import Sequence
from pathlib import Path

from bot.api.tokens import Scope
from bot.api.tokens.reading import load_tokens
from bot.api.tokens.token import Token
from bot.doctor.patient import Patient
from bot.doctor.policy import policy_if_readable
from bot.doctor.report import Finding, fail, note, ok
from core.domain.policy import Policy


async def remarks(patient: Patient) -> Sequence[Finding]:
    """Remark on the file, and on each token that is good for less than it seems."""
    path = patient.token_file
    if path is None:
        return []
    tokens, policy = load_tokens(path).all, policy_if_readable(patient)
    found = [ok(f"readable, {len(tokens)} of them"), *_on_file(path)]
    if patient.slack is None:
        found += [_without_slack(token) for token in tokens if token.user is not None]
    return [*found, *(_on_policy(policy, tokens) if policy else [])]


def _on_file(path: Path) -> list[Finding]:
    mode = path.stat().st_mode
    return [note("every user of this machine can read them", f"chmod o-r {path}")] if mode & stat.S_IROTH else []


def _without_slack(token: Token) -> Finding:
    return fail(f"{token.name} acts as {token.user}, whom nobody knows without Slack", "leave out its user")


def _on_policy(policy: Policy, tokens: Sequence[Token]) -> list[Finding]:
    """Compare the programs that may ask with those that have a token."""
    named = {client for rule in policy.rules for client in rule.requesters.clients}
    programs = {token.name for token in tokens if token.user is None and Scope.REQUEST in token.scopes}
    v1 = any(rule.v1 for rule in policy.rules)
    without = [note(f"the policy names the token {name}, and there is none that may ask") for name in named - programs]
    remedy = "requesters: {tokens: [NAME]}"
    unheard = [note(f"{name} may ask, and no rule lets it", remedy) for name in programs - named if not v1]
    return sorted([*without, *unheard], key=lambda finding: finding.text)
