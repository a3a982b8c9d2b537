"""What the checks look at. ``bot.bootstrap`` puts it together; a test puts in what it likes.

Nothing is opened before a check asks for it, so that a part that cannot be opened fails its own check and no other.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, Protocol, TypeAlias, TypeVar

from bot.slack.settings import Transport
from bot.slack.webapi.client import Slack
from core.domain.pod import Pod
from core.domain.policy import Policy
from core.domain.route import Ports, Probe
from core.domain.target import Endpoint, PodRef

T = TypeVar("T")
Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[T]]
"""Opens a part for as long as a check needs it; may raise what is wrong with it."""

KERNEL: Final = Path("/proc/sys/net/ipv4")


class ClusterPart(Protocol):
    """Where pods are looked up."""

    @property
    def where(self) -> str:
        """Its address, or the inventory's file."""
        ...

    async def check(self) -> str:
        """Ask for its version: it answers, and accepts our credentials."""
        ...

    async def missing_permissions(
        self, namespaces: Collection[str], services: Collection[str] = ()
    ) -> Collection["Permission"]:
        """Ask which permissions are missing: on pods, and where Services are followed; an empty name stands for all."""
        ...

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now."""
        ...


class Permission(Protocol):
    """A verb on a resource in one namespace, or in all where it is empty."""

    @property
    def verb(self) -> str:
        """``get``, ``list`` or ``watch``."""
        ...

    @property
    def resource(self) -> str:
        """``pods``, ``services`` or ``endpointslices``."""
        ...

    @property
    def namespace(self) -> str:
        """The namespace."""
        ...


class RunningGateway(Protocol):
    """The HAProxy process that answers."""

    @property
    def config(self) -> str:
        """The mark of the configuration that it runs."""
        ...

    @property
    def version(self) -> str:
        """Its version."""
        ...


class GatewayPart(Protocol):
    """The runtime socket of an HAProxy; opening it starts nothing."""

    async def identity(self) -> RunningGateway:
        """Say which process answers.

        Raises:
            GatewayUnreachable: none does.
        """
        ...

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Try an endpoint once, from where HAProxy stands."""
        ...


class Revisions(Protocol):
    """How far the database is."""

    @property
    def current(self) -> str | None:
        """Revision of its tables; ``None`` where it has none."""
        ...

    @property
    def head(self) -> str:
        """The one that this program wants."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """The HAProxy there should be.

    Attributes:
        embedded: ``serve`` starts it, and replaces one with another configuration once that is idle.
        program: says which binary would run, or raises; ``None`` where HAProxy is somebody else's.
        config: says the mark of the configuration that these settings make.
    """

    embedded: bool
    config: Callable[[], Awaitable[str]]
    program: Callable[[], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """Where people connect.

    Attributes:
        advertise: the host that cards show.
        bind: the address that the ports listen on.
        extra_ports: beside those that lead somewhere, such as the whoami port.
    """

    advertise: str
    bind: IPv4Address
    ports: Ports
    extra_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The whole installation, by its settings.

    Attributes:
        slack: ``None``: it runs without.
        database_file: SQLite's; ``None`` for PostgreSQL.
        revisions: asks the database how far it is.
        policy: reads the policy.
        usual_ports: port names to look for where a target names none.
        token_file: of REST; ``None``: nobody has a token.
        service_namespaces: where V2 follows Services; none without it.
        kernel: the folder of the kernel's settings for IPv4.
    """

    transport: Transport
    slack: Opening[Slack] | None
    cluster: Opening[ClusterPart]
    gateway: Opening[GatewayPart]
    gateway_plan: GatewayPlan
    listening: Listening
    database_file: Path | None
    revisions: Callable[[], Awaitable[Revisions]]
    policy: Callable[[], Policy]
    usual_ports: Sequence[str]
    state_dir: Path
    token_file: Path | None = None
    service_namespaces: Sequence[str] = ()
    kernel: Path = KERNEL
