"""The tree of errors that people are told. Each carries its facts as fields; ``str()`` is a sentence for a person.

``hint`` says what would work, as a command or a value to copy where there is one.
"""

from collections.abc import Sequence


class PodProxierError(Exception):
    """Root of everything this program raises on purpose."""

    hint: str = ""


class BadInput(PodProxierError):
    """What was typed cannot be read.

    Attributes:
        given: the text as it was given.
        hint: a corrected example.
    """

    def __init__(self, given: str, problem: str, *, example: str) -> None:
        super().__init__(problem)
        self.given, self.problem, self.hint = given, problem, example


class BadTarget(BadInput):
    """A target's namespace, name or port cannot be right."""


class BadTtl(BadInput):
    """A duration that cannot be read, or that makes no sense."""


class BadSource(BadInput):
    """A source that is no address and no network."""

    def __init__(self, given: str, part: str, *, example: str) -> None:
        super().__init__(given, f"{part!r} is not an address or a network", example=example)
        self.part = part


# -- the outside world ------------------------------------------------------------------------------------------------


class OutsideError(PodProxierError):
    """Something that we depend on did not do its part; trying again later may help."""


class GatewayError(OutsideError):
    """The gateway is not as it should be."""


class GatewayUnreachable(GatewayError):
    """No answer from the gateway within its deadline, or no connection to it at all."""

    def __init__(self, where: str, why: str = "") -> None:
        super().__init__(f"the gateway at {where} does not answer" + (f": {why}" if why else ""))
        self.where = where


class GatewayRefused(GatewayError):
    """The gateway answered, and did not do as it was told; carries its own words."""

    def __init__(self, what: str, answer: str) -> None:
        super().__init__(f"the gateway refused {what}: {answer}")
        self.what, self.answer = what, answer


class NoSlot(GatewayRefused):
    """The gateway does not have this listening port: it lies outside the range that it runs with."""

    def __init__(self, port: int, answer: str) -> None:
        super().__init__(f"port {port}", answer)
        self.port = port


class GatewayCannotStart(GatewayError):
    """Our own HAProxy cannot be started like this; ``hint`` says what to do."""

    def __init__(self, why: str, *, hint: str = "") -> None:
        super().__init__(f"HAProxy cannot be started: {why}")
        self.why, self.hint = why, hint


class StillConnected(GatewayError):
    """Sessions are left on a port that was told to close."""

    def __init__(self, port: int, sessions: int) -> None:
        super().__init__(f"port {port} still carries {sessions} connection(s)")
        self.port, self.sessions = port, sessions


class ClusterError(OutsideError):
    """The cluster could not be asked."""


class ClusterUnreachable(ClusterError):
    """No answer from the API server within the deadline."""

    def __init__(self, where: str, why: str = "") -> None:
        super().__init__(f"the Kubernetes API at {where} does not answer" + (f": {why}" if why else ""))
        self.where = where


class ClusterUnauthorized(ClusterError):
    """The API server does not accept our credentials (401)."""

    def __init__(self) -> None:
        super().__init__("the Kubernetes API does not accept Pod-Proxier's credentials (401)")
        self.hint = "an operator has to renew them"


class ClusterForbidden(ClusterError):
    """Our credentials lack a permission (403); carries which."""

    def __init__(self, verb: str, resource: str, namespace: str) -> None:
        super().__init__(f"Pod-Proxier may not {verb} {resource} in {namespace} (403)")
        self.verb, self.resource, self.namespace = verb, resource, namespace
        self.hint = f"an operator has to grant {verb} on {resource} in {namespace}"


class PodNotFound(ClusterError):
    """No such pod (404)."""

    def __init__(self, namespace: str, name: str) -> None:
        super().__init__(f"there is no pod {namespace}/{name}")
        self.namespace, self.name = namespace, name


class DirectoryUnreachable(OutsideError):
    """Slack could not say who somebody is; nothing is granted on an unknown answer."""


class StorageUnavailable(OutsideError):
    """The database is locked, full or away; nothing was written."""


class LostLease(PodProxierError):
    """Another process converges by now; what this one was about to write is not written."""


class NoSuchMapping(PodProxierError):
    """Nothing is known by that port or id."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"there is no mapping for {reference}")
        self.reference = reference
        self.hint = "/proxy list"


class LostRace(PodProxierError):
    """Somebody else changed the same row first; decide again on the new one."""


class AlreadyDelivered(PodProxierError):
    """This delivery from Slack was taken before; it is dropped without a word."""

    def __init__(self, key: str) -> None:
        super().__init__(f"delivery {key} was taken before")
        self.key = key


def sentence(words: Sequence[str]) -> str:
    """Join as people do: ``a``, ``a and b``, ``a, b and c``."""
    *head, last = words or [""]
    return f"{', '.join(head)} and {last}" if head else last
