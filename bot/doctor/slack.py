"""Slack: the tokens are good, and were granted what is used."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bot.doctor.patient import Patient
from bot.doctor.policy import policy_if_readable
from bot.doctor.report import Finding, fail, note, ok
from bot.slack.errors import SlackError
from bot.slack.manifest import OPTIONAL, REQUIRED
from bot.slack.settings import Transport
from bot.slack.webapi.client import Slack
from bot.slack.webapi.preflight import preflight
from core.domain.errors import PodProxierError, sentence
from core.domain.people import GroupId

_INSTALL: Final = "add them to the app (pod-proxier slack-manifest has all) and install it again"
_GROUPS: Final = "usergroups:read"


async def tokens(patient: Patient) -> Sequence[Finding]:
    """Slack accepts what the transport needs; ``serve`` looks at the same before it starts."""
    if patient.slack is None:
        return [note("there is none: only programs ask, over REST, and nobody can approve", "SLACK_BOT_TOKEN=xoxb-...")]
    async with patient.slack() as slack:
        identity = await preflight(slack, patient.transport)
    with_it = "Socket Mode connects" if patient.transport is Transport.SOCKET else "the signing secret is there"
    return [ok(f"the bot token is good for {identity.url}, and {with_it}")]


async def scopes(patient: Patient) -> Sequence[Finding]:
    """The bot token was granted the scopes of the manifest."""
    granted = await _granted(patient)
    if granted is None:
        return []
    missing, lost = _without(REQUIRED, granted), _without(OPTIONAL, granted)
    found = []
    if missing:
        found.append(fail(f"the bot token lacks {_listed(missing)}", _INSTALL))
    if lost:
        found.append(note(f"the bot token lacks {_listed(lost)}", f"if you want that, {_INSTALL}"))
    return found or [ok("the bot token has all scopes of the manifest")]


async def groups(patient: Patient) -> Sequence[Finding]:
    """The groups that the policy names can be read."""
    policy = policy_if_readable(patient)
    named = sorted(policy.groups()) if policy else []
    granted = await _granted(patient) if named else None
    if granted is None or patient.slack is None:
        return []
    if _GROUPS not in granted:
        return [fail(f"the policy names groups, and the bot token lacks {_GROUPS}", _INSTALL)]
    async with patient.slack() as slack:
        unreadable = await asyncio.gather(*(_unreadable(slack, group) for group in named))
    return [finding for finding in unreadable if finding] or [ok(f"the policy's {len(named)} group(s) can be read")]


async def _granted(patient: Patient) -> Collection[str] | None:
    """Ask for the scopes; ``None`` where there is no answer, and ``tokens`` tells why."""
    if patient.slack is None:
        return None
    try:
        async with patient.slack() as slack:
            return (await slack.identity()).scopes
    except PodProxierError:
        return None


async def _unreadable(slack: Slack, group: GroupId) -> Finding | None:
    try:
        await slack.group_members(group)
    except SlackError as exc:
        return fail(f"the policy's group {group}: {exc}", exc.hint or "write the id of a group of this workspace")
    return None


def _without(scopes: Mapping[str, str], granted: Collection[str]) -> dict[str, str]:
    return {scope: use for scope, use in scopes.items() if scope not in granted}


def _listed(scopes: Mapping[str, str]) -> str:
    return sentence([f"{scope} ({use})" for scope, use in scopes.items()])
