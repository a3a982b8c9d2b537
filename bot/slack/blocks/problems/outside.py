"""What we depend on and did not get. Addresses and answers of machines are for the log, not for the channel."""

from typing import Final

from bot.slack.blocks.mrkdwn import code
from bot.slack.blocks.problems.frame import Told, tell
from bot.slack.errors import CannotPost, SlackError, SlackLimited
from core.domain import errors

_NOTHING: Final = "so nothing was done"
_LATER: Final = ["Try again in a minute."]


@tell.register
def _(error: errors.OutsideError, typed: str | None) -> Told:
    del error, typed
    return Told(f"Something that Pod-Proxier depends on did not do its part, {_NOTHING}.", _LATER)


@tell.register
def _(error: errors.ClusterError, typed: str | None) -> Told:
    del error, typed
    return Told(f"The Kubernetes API could not be asked, {_NOTHING}.", _LATER)


@tell.register
def _(error: errors.ClusterUnreachable, typed: str | None) -> Told:
    del error, typed
    return Told(f"The Kubernetes API does not answer, {_NOTHING}.", _LATER)


@tell.register
def _(error: errors.ClusterUnauthorized, typed: str | None) -> Told:
    del error, typed
    what = f"The Kubernetes API does not accept Pod-Proxier's credentials (401), {_NOTHING}."
    return Told(what, ["An operator has to renew them."])


@tell.register
def _(error: errors.ClusterForbidden, typed: str | None) -> Told:
    del typed
    permission = code(f"{error.verb} {error.resource}", 100)
    namespace = code(error.namespace, 100)
    return Told(
        f"The Kubernetes API does not let Pod-Proxier {permission} in {namespace} (403), {_NOTHING}.",
        [f"An operator has to grant {permission} in {namespace}."],
    )


@tell.register
def _(error: errors.PodNotFound, typed: str | None) -> Told:
    del typed
    return Told(f"There is no pod {code(f'{error.namespace}/{error.name}', 350)}.")


@tell.register
def _(error: errors.GatewayError, typed: str | None) -> Told:
    del error, typed
    return Told("The gateway is not as it should be.", ["What was decided holds; it is done when the gateway is back."])


@tell.register
def _(error: errors.GatewayUnreachable, typed: str | None) -> Told:
    del error, typed
    return Told("The gateway does not answer.", ["What was decided holds; it is done when the gateway is back."])


@tell.register
def _(error: errors.StillConnected, typed: str | None) -> Told:
    del typed
    return Told(f"Port {error.port} still carries connections.", ["They are cut again until nothing is left."])


@tell.register
def _(error: errors.DirectoryUnreachable, typed: str | None) -> Told:
    del error, typed
    what = "Slack does not say who you are at the moment, and nothing is granted on an unknown answer."
    return Told(what, _LATER)


@tell.register
def _(error: errors.StorageUnavailable, typed: str | None) -> Told:
    del error, typed
    return Told(f"The database does not take anything at the moment, {_NOTHING}.", _LATER)


@tell.register
def _(error: SlackError, typed: str | None) -> Told:
    del error, typed
    return Told(f"Slack did not do what it was asked, {_NOTHING}.", _LATER)


@tell.register
def _(error: SlackLimited, typed: str | None) -> Told:
    del typed
    return Told(f"Slack takes no more calls for the moment, {_NOTHING}.", [f"Try again in {error.retry_after} s."])


@tell.register
def _(error: CannotPost, typed: str | None) -> Told:
    del error, typed
    return Told(f"I cannot post there, {_NOTHING}.", ["Type `/invite @Pod-Proxier` in that channel, then try again."])
