"""Builds the adapters and hands them on: the only place that knows which product stands behind which interface."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry

from bot.api.tokens import TokenSource
from bot.doctor.patient import Listening, Patient
from bot.gateways import AnyGateway, gateway_plan, running_gateway, started_gateway
from bot.settings import Settings
from bot.slack.tokens import Credentials as SlackCredentials
from bot.slack.webapi.client import Slack
from core.adapters.clock import SystemClock
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.inventory import StaticInventory
from core.adapters.kubernetes.pace import Pace
from core.adapters.metrics import PrometheusMetrics
from core.adapters.policy_file import PolicySource
from core.adapters.scheduler import ApScheduler
from core.domain.errors import PodProxierError
from core.interfaces import Clock, Metrics
from core.services.timers import Timers
from core.services.transactions import Bell, Transactions

AnyCluster: TypeAlias = KubernetesCluster | StaticInventory

NO_REVISION: Final = "none, without tables yet"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything outside of Slack, started."""

    clock: Clock
    registry: CollectorRegistry
    metrics: Metrics
    policy: PolicySource
    tokens: TokenSource
    database: Database
    cluster: AnyCluster
    gateway: AnyGateway

    @property
    def gateway_remark(self) -> str:
        """What there is to say of an HAProxy that works all the same: that it runs an older configuration."""
        return self.gateway.stale if isinstance(self.gateway, EmbeddedGateway) else ""


@asynccontextmanager
async def parts_of(settings: Settings) -> AsyncIterator[Parts]:
    """Build and start everything outside of Slack: the policy is read, the database migrated, HAProxy started.

    Raises:
        PodProxierError: one of them cannot be used like this; says what to do.
    """
    clock, registry = SystemClock(), CollectorRegistry()
    metrics = PrometheusMetrics(registry)
    async with AsyncExitStack() as stack:
        policy = await stack.enter_async_context(_policy_of(settings))
        tokens = await stack.enter_async_context(TokenSource(settings.api_token_file))
        make_state_dir(settings)
        await migrate.upgrade(settings.database.get_secret_value())
        database = await stack.enter_async_context(Database(settings.database.get_secret_value()))
        cluster = _cluster_of(settings, metrics)
        await stack.enter_async_context(cluster)
        gateway = await started_gateway(settings, clock, metrics, stack)
        yield Parts(clock, registry, metrics, policy, tokens, database, cluster, gateway)


def timers_of(metrics: Metrics) -> tuple[Timers, ApScheduler]:
    """Build the timers and what wakes them; the second is to be entered."""
    scheduler = ApScheduler(lambda mapping_id: timers.due(mapping_id))  # noqa: PLW0108 - the timers come after it
    timers = Timers(scheduler, metrics)
    return timers, scheduler


class NoStateDir(PodProxierError):
    """There is no folder to keep everything in, and none can be made."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"cannot keep anything in {folder}: {why}")
        self.hint = "choose another folder: --state-dir"


def make_state_dir(settings: Settings) -> None:
    """Have the folder that everything is kept in; nobody else has to look into it.

    Raises:
        NoStateDir: it cannot be had.
    """
    try:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise NoStateDir(settings.state_dir, exc.strerror or str(exc)) from exc


# -- one part each ----------------------------------------------------------------------------------------------------


def _policy_of(settings: Settings) -> PolicySource:
    return PolicySource(settings.policy, settings.allowed_namespaces, settings.max_mapping_time, v1=settings.enable_v1)


def _cluster_of(settings: Settings, metrics: Metrics) -> AnyCluster:
    if settings.inventory is not None:
        return StaticInventory(settings.inventory)
    credentials = Credentials(str(settings.kubeconfig) if settings.kubeconfig else None, settings.context)
    pace = Pace(relist=settings.resync_time.total_seconds())
    return KubernetesCluster(credentials, pace=pace, on_error=lambda error: metrics.cluster_error(type(error).__name__))


# -- what the other verbs of the command line need --------------------------------------------------------------------


async def upgrade_database(settings: Settings) -> str:
    """Migrate the database; says what was done."""
    make_state_dir(settings)
    before = await migrate.upgrade(settings.database.get_secret_value())
    return f"the database is at revision {before.head}" + _was_at(before)


def _was_at(before: migrate.Revisions) -> str:
    return "" if before.ready else f"; it was at {before.current or NO_REVISION}"


async def database_revision(settings: Settings) -> str:
    """Say how far the database is."""
    make_state_dir(settings)
    found = await migrate.revisions(settings.database.get_secret_value())
    return f"the database is at revision {found.current or NO_REVISION}; this program wants {found.head}"


class NotMigrated(PodProxierError):
    """The database is not at the revision that this program works with."""

    def __init__(self, revision: str | None) -> None:
        super().__init__(f"the database is at revision {revision or NO_REVISION}, which is not this program's")
        self.hint = "pod-proxier db upgrade, or name another: --state-dir, --database-url"


@asynccontextmanager
async def record_of(settings: Settings) -> AsyncIterator[Transactions]:
    """Open the database alone, beside a bot that may be running on it.

    Raises:
        NotMigrated: it is older, or empty.
        PodProxierError: it cannot be used.
    """
    make_state_dir(settings)
    url = settings.database.get_secret_value()
    found = await migrate.revisions(url)
    if not found.ready:
        raise NotMigrated(found.current)
    async with Database(url) as database:
        yield Transactions(database.storage, SystemClock(), Bell())


def patient_of(settings: Settings) -> Patient:
    """Gather what ``doctor`` looks at; nothing is opened yet."""
    clock, metrics = SystemClock(), PrometheusMetrics(CollectorRegistry())
    return Patient(
        transport=settings.slack_transport,
        slack=None if settings.runs_without_slack else lambda: _slack_of(settings),
        cluster=lambda: _cluster_of(settings, metrics),
        gateway=lambda: running_gateway(settings, clock),
        gateway_plan=gateway_plan(settings, clock),
        listening=_listening(settings),
        database_file=None if settings.database_url else settings.state_dir / "pod-proxier.db",
        revisions=lambda: migrate.revisions(settings.database.get_secret_value()),
        policy=lambda: _policy_of(settings)(),  # noqa: PLW0108 - reading the file is what it may fail at
        usual_ports=settings.debug_port_names,
        state_dir=settings.state_dir,
        token_file=settings.api_token_file,
        service_namespaces=settings.allowed_namespaces if settings.enable_v2 else (),
    )


def _slack_of(settings: Settings) -> Slack:
    return Slack(settings.slack(), SlackCredentials(settings.token_source()))


def _listening(settings: Settings) -> Listening:
    entry_api = settings.entry_api.port if settings.enable_v1 else None
    others = (settings.listen_port, entry_api, settings.whoami_port, settings.stats_port)
    extra = tuple(port for port in others if port is not None)
    return Listening(settings.advertised_host, settings.bind_addr, settings.all_ports, extra)
