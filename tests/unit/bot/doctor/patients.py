"""An installation that is well, and parts that can be made ill."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from bot.doctor.patient import GatewayPlan, Listening, Patient
from bot.doctor.report import Finding
from bot.slack.errors import SetupError
from bot.slack.settings import SlackSettings, Transport
from bot.slack.tokens import Credentials, Tokens
from bot.slack.webapi.client import Slack
from bot.workspace import Workspace
from core.domain.errors import GatewayUnreachable, PodNotFound
from core.domain.people import GroupId, UserId
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import Policy, Principals, Rule
from core.domain.route import PortRange, Ports, Probe
from core.domain.target import Endpoint, PodRef, PodUid

T = TypeVar("T")
CONFIG = "0123456789abcdef"
POD = Pod(PodRef("payments", "api-0"), PodUid("u1"), Phase.RUNNING, IPv4Address("10.1.2.3"), ports=(ContainerPort(80),))
LEADS = Principals(groups=frozenset({GroupId("S1")}))
CAROL = Principals(users=frozenset({UserId("UCAROL")}))


def slack_of(workspace: Workspace, **other: str) -> Callable[[], AbstractAsyncContextManager[Slack]]:
    """The real client, with the tokens of a workspace or others."""
    secrets = {"bot": workspace.bot_token, "app": workspace.app_token, "signing_secret": workspace.signing_secret}
    tokens = Tokens(**{name: SecretStr(secret) for name, secret in (secrets | other).items()})
    return lambda: Slack(SlackSettings("10.9.8.7", workspace.api_url), Credentials(lambda: tokens))


@asynccontextmanager
async def no_slack() -> AsyncIterator[Slack]:
    raise SetupError("Socket Mode needs SLACK_APP_TOKEN")
    yield


@dataclass(frozen=True)
class Missing:
    verb: str
    namespace: str
    resource: str = "pods"


@dataclass
class SomeCluster:
    missing: Sequence[Missing] = ()
    where: str = "https://10.0.0.1:6443"
    asked: list[str] = field(default_factory=list)
    asked_of_services: list[str] = field(default_factory=list)

    async def check(self) -> str:
        return "v1.34.4"

    async def missing_permissions(
        self, namespaces: Collection[str], services: Collection[str] = ()
    ) -> Sequence[Missing]:
        self.asked += namespaces
        self.asked_of_services += services
        asked = {"pods": namespaces}
        return [each for each in self.missing if each.namespace in asked.get(each.resource, services)]

    async def pod(self, ref: PodRef) -> Pod:
        if ref != POD.ref:
            raise PodNotFound(ref.namespace, ref.name)
        return POD


@dataclass(frozen=True)
class Process:
    config: str = CONFIG
    version: str = "2.8.25"


@dataclass
class SomeGateway:
    process: Process | None = field(default_factory=Process)
    probed: Probe = Probe.ANSWERED

    async def identity(self) -> Process:
        if self.process is None:
            raise GatewayUnreachable("/run/admin.sock", "No such file or directory")
        return self.process

    async def probe(self, endpoint: Endpoint) -> Probe:
        await self.identity()
        assert endpoint.address == POD.address
        return self.probed


@dataclass(frozen=True)
class AtRevision:
    current: str | None = "0001"
    head: str = "0001"


def opening(part: T) -> Callable[[], AbstractAsyncContextManager[T]]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[T]:
        yield part

    return opened


def saying(answer: T) -> Callable[[], T]:
    return lambda: answer


async def _configured() -> str:
    return CONFIG


async def _haproxy() -> str:
    return "HAProxy 2.8.25"


async def _current() -> AtRevision:
    return AtRevision()


EMBEDDED = GatewayPlan(embedded=True, config=_configured, program=_haproxy)
SOMEBODY_ELSES = GatewayPlan(embedded=False, config=_configured)
WELL = Policy((Rule(("payments",), requesters=CAROL, approvers=CAROL),), operators=CAROL)


def listening(*ranges: PortRange, **other: object) -> Listening:
    ports = Ports.of(*ranges or (PortRange(10_000, 10_099),))
    parts = {"advertise": "10.9.8.7", "bind": IPv4Address("0.0.0.0"), "ports": ports}
    return Listening(**(parts | other))  # type: ignore[arg-type]  # a test's shorthand


def kernel(folder: Path, local: str = "1000\t2000\n", reserved: str = "\n") -> Path:
    (folder / "ip_local_port_range").write_text(local)
    (folder / "ip_local_reserved_ports").write_text(reserved)
    return folder


def patient(folder: Path, **ill: object) -> Patient:
    """One that is well, but for the parts given; Slack is one of those."""
    state = folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    parts: dict[str, object] = {
        "transport": Transport.SOCKET,
        "slack": no_slack,
        "cluster": opening(SomeCluster()),
        "gateway": opening(SomeGateway()),
        "gateway_plan": EMBEDDED,
        "listening": listening(),
        "database_file": None,
        "revisions": _current,
        "policy": saying(WELL),
        "usual_ports": ("debug",),
        "state_dir": state,
        "kernel": kernel(folder),
    }
    return Patient(**(parts | ill))  # type: ignore[arg-type]  # a test's shorthand


def lines(findings: Sequence[Finding]) -> list[str]:
    return [finding.line("it") for finding in findings]
