"""Who somebody is at the moment of a decision: people are looked up, clients are known by the door."""

from dataclasses import replace

from core.domain.errors import DirectoryUnreachable
from core.domain.people import Client, Profile, Requester, Standing
from core.domain.policy import Policy
from core.interfaces import Directory


async def profile_of(requester: Requester, directory: Directory, policy: Policy) -> Profile:
    """Look somebody up, with the groups that this policy speaks of.

    Raises:
        DirectoryUnreachable: the workspace does not answer.
    """
    if isinstance(requester, Client):
        return Profile(requester, Standing.CLIENT)
    return await directory.profile(requester, policy.groups())


async def profile_to_revoke(
    requester: Requester, directory: Directory, policy: Policy, *, operator: bool = False
) -> Profile:
    """Look somebody up who is about to end something: the unknown may always do that.

    The door has seen to it that they are of this workspace.
    """
    try:
        profile = await profile_of(requester, directory, policy)
    except DirectoryUnreachable:
        profile = Profile(requester, Standing.MEMBER, frozenset(), policy.groups())
    return replace(profile, operator=operator)
