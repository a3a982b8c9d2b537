"""Who somebody is at the moment of a decision: people are looked up, clients are known by the door."""

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
