"""The gateway that the settings ask for: its configuration, its files, what speaks to it; a part of the bootstrap."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from pathlib import Path
from typing import TypeAlias

from bot.doctor.patient import GatewayPlan
from bot.settings import GatewayKind, Settings
from bot.slack.errors import SetupError
from core.adapters.haproxy import launch
from core.adapters.haproxy.addresses import TcpAddress, parse_runtime_address
from core.adapters.haproxy.configuration import Checks, Entry, GatewayConfig
from core.adapters.haproxy.dataplane.client import Credentials
from core.adapters.haproxy.dataplane.gateway import DataplaneGateway
from core.adapters.haproxy.dataplane.rendering import ApiPlace, files_with_api, render_with_api
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.adapters.haproxy.rendering import render
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.errors import GatewayCannotStart, GatewayRefused
from core.interfaces import Clock, Metrics

AnyGateway: TypeAlias = SocketGateway | DataplaneGateway


async def started_gateway(settings: Settings, clock: Clock, metrics: Metrics, stack: AsyncExitStack) -> AnyGateway:
    """Have the gateway ready: one of our own is started, one of somebody else's only spoken to.

    Raises:
        PodProxierError: it cannot be used like this; says what to do.
    """
    if settings.gateway is not GatewayKind.EMBEDDED:
        return await stack.enter_async_context(running_gateway(settings, clock))
    embedded = EmbeddedGateway(
        _config(settings),
        clock,
        binary=settings.haproxy_binary,
        stop_on_exit=settings.stop_gateway,
        on_error=lambda error: metrics.gateway_error(type(error).__name__),
    )
    return await stack.enter_async_context(embedded)


def running_gateway(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[AnyGateway]:
    """Speak to the gateway as it runs, or does not; entering starts nothing.

    Raises:
        BadSettings: the password of the Data Plane API is missing, or is given twice.
    """
    if settings.gateway is GatewayKind.DATAPLANE:
        return _dataplane(settings, clock)
    return nullcontext(SocketGateway(_config(settings).runtime_address, settings.all_ports, clock))


def haproxy_files(settings: Settings, folder: Path | None = None) -> Mapping[Path, str]:
    """Render every file of an HAProxy of one's own, by its path; the maps are empty, and stay so."""
    config = _config(settings, folder)
    if settings.gateway is GatewayKind.DATAPLANE:
        return files_with_api(config, _place(settings))
    rendered = render(config)
    return {
        config.haproxy_cfg: rendered.haproxy_cfg,
        config.lua: rendered.lua,
        config.allow_map: "",
        config.until_map: "",
    }


def gateway_plan(settings: Settings, clock: Clock) -> GatewayPlan:
    """Say what HAProxy there should be."""
    match settings.gateway:
        case GatewayKind.EMBEDDED:
            return _embedded_plan(settings)
        case GatewayKind.SOCKET:
            return _socket_plan(settings)
        case GatewayKind.DATAPLANE:
            return _dataplane_plan(settings, clock)


def _embedded_plan(settings: Settings) -> GatewayPlan:
    config = _config(settings)

    async def planned() -> str:
        return (await launch.plan(config, settings.haproxy_binary)).sha

    async def program() -> str:
        return str((await launch.plan(config, settings.haproxy_binary)).program)

    return GatewayPlan(embedded=True, config=planned, program=program)


def _socket_plan(settings: Settings) -> GatewayPlan:
    config = _config(settings)

    async def rendered() -> str:
        return render(config).sha

    return GatewayPlan(embedded=False, config=rendered)


def _dataplane_plan(settings: Settings, clock: Clock) -> GatewayPlan:
    async def rendered() -> str:
        async with _dataplane(settings, clock) as gateway:
            folder = await gateway.folder()
        return render_with_api(_config(settings, folder), _place(settings)).sha

    return GatewayPlan(embedded=False, config=rendered)


def _dataplane(settings: Settings, clock: Clock) -> DataplaneGateway:
    return DataplaneGateway(settings.api_addr, _credentials(settings), settings.all_ports, clock)


def _credentials(settings: Settings) -> Credentials:
    kept = settings.api_password_kept()

    def read() -> tuple[str, str]:
        try:
            password = kept.read()
        except SetupError as exc:
            raise GatewayRefused("our password", str(exc)) from exc
        return settings.api_user, password.get_secret_value() if password else ""

    return read


def _place(settings: Settings) -> ApiPlace:
    return ApiPlace(settings.api_addr, settings.api_user)


def _config(settings: Settings, folder: Path | None = None) -> GatewayConfig:
    try:
        return GatewayConfig(
            ports=settings.ports,
            entry=_entry(settings),
            services=settings.service_ports if settings.enable_v2 else None,
            checks=_checks(settings),
            folder=(folder or _usual_folder(settings)).absolute(),
            bind=settings.bind_addr,
            whoami_port=settings.whoami_port,
            stats_port=settings.stats_port,
            hide_backend=settings.hide_backend,
            runtime=parse_runtime_address(settings.haproxy_socket) if settings.haproxy_socket else None,
        )
    except ValueError as exc:  # what HAProxy would read as something else than a path, most of all
        ours = "--haproxy-socket" if settings.haproxy_socket else "--state-dir"
        hint = f"choose another folder: {'--write' if folder else ours}"
        raise GatewayCannotStart(str(exc), hint=hint) from exc


def _entry(settings: Settings) -> Entry | None:
    api = settings.entry_api
    return Entry(settings.default_map_port, TcpAddress(api.host, api.port)) if settings.enable_v1 else None


def _checks(settings: Settings) -> Checks | None:
    if settings.off_check or not settings.enable_v2:
        return None
    return Checks(settings.check_interval, settings.check_timeout)


def _usual_folder(settings: Settings) -> Path:
    """Where the configuration lies: beside the socket of an HAProxy of one's own, as ``haproxy-config`` writes it."""
    socket = settings.haproxy_socket or ""
    return Path(socket).parent if socket.startswith("/") else settings.state_dir / "haproxy"
