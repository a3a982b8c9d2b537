"""Where the API server is, and who we are to it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from aiohttp import ClientError
from yaml import YAMLError

from core.adapters.kubernetes import official
from core.adapters.kubernetes.official import SERVICE_HOST_ENV_NAME, ApiClient, ConfigException, Configuration
from core.domain.errors import ClusterError, ClusterUnreachable

log = structlog.get_logger(__name__)

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a kubelet puts token and CA; the token there is replaced long before it expires."""

REFRESH: Final = timedelta(minutes=1)
"""How often credentials are looked after; the official client's own helper does it as often."""

_PATIENCE: Final = timedelta(seconds=30)  # an exec plugin may have to ask an identity provider far away
_BETWEEN_RENEWALS: Final = timedelta(seconds=5)  # a server that always says 401 must not keep us reading files
_CONNECTION: Final = ("host", "ssl_ca_cert", "cert_file", "key_file", "verify_ssl", "tls_server_name", "proxy")


# The official client finds out what is wrong with a file by using it.
_UNUSABLE: Final = (ConfigException, AttributeError, LookupError, TypeError, ValueError, OSError, YAMLError)


class BadKubeconfig(ClusterError):
    """The configuration of the cluster cannot be used; says which and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"the cluster's configuration in {where} cannot be used: {why}")
        self.where, self.why = where, why
        self.hint = "see what `kubectl version` says with the same --kubeconfig and --context, or name an --inventory"


class Credentials:
    """A client of the official package whose token and certificates stay current.

    A kubeconfig or a context that is named wins; otherwise a service account where there is one; otherwise the
    kubeconfig that ``kubectl`` would take. Nothing is ever written back to a kubeconfig.

    Args:
        kubeconfig: a file, or several joined as in ``KUBECONFIG``.
        context: one of its contexts; left out, the current one.
        environ: where ``KUBECONFIG`` and a service account's variables are looked up.
        service_account: folder with ``token`` and ``ca.crt``.
        refresh: how old credentials may get before they are looked after.
    """

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        service_account: Path = SERVICE_ACCOUNT,
        refresh: timedelta = REFRESH,
    ) -> None:
        self._in_cluster = not kubeconfig and not context and bool(environ.get(SERVICE_HOST_ENV_NAME))
        self._paths = kubeconfig or environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
        self._context, self._environ, self._service_account = context, environ, service_account
        self._refresh = refresh.total_seconds()
        self._kubeconfig: official.Kubeconfig | None = None
        self._client: ApiClient | None = None
        self._retired: ApiClient | None = None
        self._work: asyncio.Task[ApiClient] | None = None
        self._looked_after = self._renewed = float("-inf")

    @property
    def where(self) -> str:
        """The API server's URL; before it is known, where that will be read."""
        return str(self._client.configuration.host) if self._client else self._source

    async def client(self) -> ApiClient:
        """Return a client to make calls with, after looking after what is due.

        Raises:
            BadKubeconfig: the configuration is missing or cannot be used.
            ClusterUnreachable: whoever hands out our credentials does not answer.
        """
        if self._client is not None and _now() < self._looked_after + self._refresh:
            return self._client
        if self._client is None:
            return await self._once_for_all(self._read)
        self._looked_after = _now()
        try:
            return await self._once_for_all(self._look_after)
        except ClusterError:  # logged; what we have may be good for a while yet, and a 401 will tell
            return self._client

    async def renew(self) -> ApiClient:
        """Read everything from its source again, whatever its expiry says: the answer to a 401."""
        if self._client is not None and _now() < self._renewed + _BETWEEN_RENEWALS.total_seconds():
            return self._client
        return await self._once_for_all(self._read)

    async def close(self) -> None:
        """Close all connections."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        for client in filter(None, (self._client, self._retired)):
            await official.close(client)
        self._client = self._retired = None

    @property
    def _source(self) -> str:
        return str(self._service_account) if self._in_cluster else self._paths

    async def _once_for_all(self, work: Callable[[], Awaitable[None]]) -> ApiClient:
        """Do it once for all who wait, and to its end: a call's short deadline must not kill a slow exec plugin."""
        if self._work is None:
            self._work = asyncio.create_task(self._translated(work))
            self._work.add_done_callback(self._worked)
        return await asyncio.shield(self._work)

    def _worked(self, task: asyncio.Task[ApiClient]) -> None:
        self._work = None
        if not task.cancelled() and (error := task.exception()):
            log.warning("cluster.credentials_failed", source=self._source, error=str(error))

    async def _translated(self, work: Callable[[], Awaitable[None]]) -> ApiClient:
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                await work()
        except (ClientError, TimeoutError) as exc:
            raise ClusterUnreachable(self._source, f"credentials could not be had ({type(exc).__name__})") from exc
        except _UNUSABLE as exc:
            raise BadKubeconfig(self._source, str(exc) or type(exc).__name__) from exc
        if self._client is None:
            raise BadKubeconfig(self._source, "it was closed")
        return self._client

    async def _read(self) -> None:
        configuration = Configuration()
        configuration.connection_pool_maxsize = (
            0  # no limit: each watch holds a connection, calls must never wait for one
        )
        if self._in_cluster:
            official.load_service_account(configuration, self._service_account, self._environ)
        else:
            self._kubeconfig = official.Kubeconfig(self._paths, self._context)
            await self._kubeconfig.load(configuration)
        await self._replace(configuration)
        self._looked_after = self._renewed = _now()

    async def _look_after(self) -> None:
        """Renew what has run out; a service account's token is looked after by the client, at each call."""
        if self._kubeconfig is None or self._client is None:
            return
        configuration = self._client.configuration
        before = _connection(configuration)
        await self._kubeconfig.load(configuration)
        if _connection(configuration) != before:  # new certificates need new connections
            await self._replace(configuration)

    async def _replace(self, configuration: Configuration) -> None:
        """Use another client from now on; what goes on over the last one may end by itself."""
        if self._retired is not None:
            await official.close(self._retired)
        self._retired, self._client = self._client, ApiClient(configuration)


def _connection(configuration: Configuration) -> tuple[object, ...]:
    return tuple(getattr(configuration, name) for name in _CONNECTION)


def _now() -> float:
    return asyncio.get_running_loop().time()
