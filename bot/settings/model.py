"""Every setting of Pod-Proxier: one field is a flag, an environment variable and a key of the file."""

import os
import socket
from datetime import timedelta
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.about import About, Group
from bot.settings.secrets import Kept, SlackSecrets
from bot.settings.values import (
    ApiUrl,
    ApiUser,
    Batch,
    ChannelId,
    ChosenFormat,
    ChosenGateway,
    ChosenLevel,
    ChosenTransport,
    Duration,
    File,
    Flag,
    GatewayKind,
    HighPort,
    Host,
    Ip,
    Ipv4,
    Local,
    LocalAddress,
    LogFormat,
    LogLevel,
    Namespaces,
    Networks,
    Port,
    PortName,
    PortNames,
    PortSpan,
    RuntimeSocket,
    Seconds,
    Text,
    Url,
)
from bot.slack.settings import SlackSettings, Transport
from bot.slack.tokens import TokenSource
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import PortRange, Ports


def state_home() -> Path:
    """Where a program keeps what must outlive it (XDG Base Directory Specification); ``./state`` without a home."""
    chosen = Path(os.environ.get("XDG_STATE_HOME", ""))
    try:
        base = chosen if chosen.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        return Path("state").absolute()
    return base / "pod-proxier"


class Settings(BaseSettings):
    """What may be chosen. Made by ``load``; built directly, it looks at its arguments only."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    policy: Annotated[
        File | None,
        About(
            Group.RIGHTS,
            "who may reach what, and by whose leave",
            "FILE",
            "policy.yaml",
            "the namespaces of --allowed-namespaces, with one approval by somebody else",
        ),
    ] = None
    allowed_namespaces: Annotated[
        Namespaces,
        About(Group.RIGHTS, "without a policy: namespaces that may be asked for", "NAMES", "payments,orders"),
    ] = ("default",)
    max_mapping_time: Annotated[
        Seconds,
        About(Group.RIGHTS, "without a policy: longest life of a mapping, in seconds", "SECONDS", "10800", "10800"),
    ] = timedelta(seconds=10_800)
    debug_port_names: Annotated[
        PortNames,
        About(Group.RIGHTS, "container ports to look for where nobody names one, in order", "NAMES", "debug,jdwp"),
    ] = ("debug", "jprofiler-port")

    gateway: Annotated[
        ChosenGateway,
        About(
            Group.GATEWAY,
            "an HAProxy that the bot starts, or one that you run",
            "embedded|socket|dataplane",
            "embedded",
            "dataplane where its password is given, else embedded",
        ),
    ] = GatewayKind.EMBEDDED
    haproxy_binary: Annotated[
        File | None,
        About(
            Group.GATEWAY,
            "the HAProxy to start",
            "FILE",
            "/usr/sbin/haproxy",
            "the one installed with Pod-Proxier, else haproxy from PATH",
        ),
    ] = None
    haproxy_socket: Annotated[
        RuntimeSocket | None,
        About(
            Group.GATEWAY,
            "with --gateway socket: its stats socket, a path or a loopback address",
            "PATH|HOST:PORT",
            "/run/haproxy/admin.sock",
        ),
    ] = None
    api_addr: Annotated[
        ApiUrl, About(Group.GATEWAY, "with --gateway dataplane: its Data Plane API", "URL", "http://127.0.0.1:5555")
    ] = "http://127.0.0.1:5555"
    api_user: Annotated[ApiUser, About(Group.GATEWAY, "who the bot is there", "NAME", "admin")] = "admin"
    api_password: Annotated[
        SecretStr | None,
        About(
            Group.GATEWAY,
            "and the password; everybody on the machine can read a flag, so rather the variable or a file",
            "PASSWORD",
            "...",
        ),
    ] = None
    api_password_file: Annotated[
        File | None, About(Group.GATEWAY, "a file with that password", "FILE", "/run/secrets/api-password")
    ] = None
    stop_gateway: Annotated[
        Flag,
        About(Group.GATEWAY, "when the bot is told to stop, stop its HAProxy too, open connections included"),
    ] = False
    ports: Annotated[
        PortSpan, About(Group.GATEWAY, "listening ports that mappings may get", "FIRST-LAST", "10000-10099")
    ] = PortRange(10_000, 10_099)
    port_rest: Annotated[
        Duration, About(Group.GATEWAY, "how long a port rests before it goes to somebody else", "TIME", "10m")
    ] = timedelta(minutes=10)
    whoami_port: Annotated[
        Port | None,
        About(Group.GATEWAY, "where HAProxy answers curl with the caller's address", "PORT", "10100", "no such port"),
    ] = None
    stats_port: Annotated[
        Port | None,
        About(Group.GATEWAY, "where HAProxy shows its statistics, at /stats", "PORT", "8404", "no such port"),
    ] = None
    hide_backend: Annotated[Flag, About(Group.GATEWAY, "and whether backends are left out there")] = True
    bind_addr: Annotated[Ipv4, About(Group.GATEWAY, "where HAProxy's ports listen", "ADDRESS", "0.0.0.0")] = (
        IPv4Address("0.0.0.0")
    )
    advertise_host: Annotated[
        Host | None,
        About(
            Group.GATEWAY,
            "the host that people connect to, as it stands on every card",
            "HOST",
            "gw.example.com",
            "this machine's full name",
        ),
    ] = None

    inventory: Annotated[
        File | None, About(Group.CLUSTER, "static targets in place of a cluster", "FILE", "targets.yaml")
    ] = None
    kubeconfig: Annotated[
        File | None,
        About(
            Group.CLUSTER,
            "how to reach the cluster",
            "FILE",
            "~/.kube/config",
            "the pod's own service account, else ~/.kube/config",
        ),
    ] = None
    context: Annotated[
        Text | None, About(Group.CLUSTER, "context of the kubeconfig", "NAME", "staging", "its current one")
    ] = None

    slack_transport: Annotated[
        ChosenTransport,
        About(Group.SLACK, "Socket Mode, or signed requests to POST /slack/events", "socket|http", "socket"),
    ] = Transport.SOCKET
    slack_bot_token: Annotated[
        SecretStr | None,
        About(Group.SLACK, "the bot token", "TOKEN", "xoxb-...", slacks_own=True, secret=True),
    ] = None
    slack_bot_token_file: Annotated[
        File | None,
        About(Group.SLACK, "a file with the bot token", "FILE", "/run/secrets/bot-token", slacks_own=True),
    ] = None
    slack_app_token: Annotated[
        SecretStr | None,
        About(
            Group.SLACK,
            "the app-level token, for Socket Mode",
            "TOKEN",
            "xapp-...",
            slacks_own=True,
            secret=True,
        ),
    ] = None
    slack_app_token_file: Annotated[
        File | None,
        About(Group.SLACK, "a file with the app-level token", "FILE", "/run/secrets/app-token", slacks_own=True),
    ] = None
    slack_signing_secret: Annotated[
        SecretStr | None,
        About(Group.SLACK, "what Slack signs with, for http", "SECRET", "8f74...", slacks_own=True, secret=True),
    ] = None
    slack_signing_secret_file: Annotated[
        File | None,
        About(Group.SLACK, "a file with the signing secret", "FILE", "/run/secrets/signing-secret", slacks_own=True),
    ] = None
    slack_api_url: Annotated[
        Url, About(Group.SLACK, "base of the Web API", "URL", "https://slack.com/api/", slacks_own=True)
    ] = "https://slack.com/api/"

    api_token_file: Annotated[
        File | None,
        About(
            Group.REST,
            "bearer tokens: a list of name, token or sha256, scopes, user",
            "FILE",
            "tokens.yaml",
            "no tokens, and no /api/v2",
        ),
    ] = None
    announce_channel: Annotated[
        ChannelId | None,
        About(
            Group.REST,
            "where mappings are shown that were asked for outside of Slack, and have no other place",
            "CHANNEL",
            "C024BE91L",
            "nowhere",
        ),
    ] = None
    enable_v1: Annotated[
        Flag,
        About(Group.REST, "POST /api/v1/mapping opens without asking anybody, where the policy's rule says v1: true"),
    ] = False
    v1_allow_from: Annotated[
        Networks | None,
        About(Group.REST, "who may do so without a token", "CIDR,...", "10.8.0.0/16", "loopback alone"),
    ] = None
    default_map_port: Annotated[
        HighPort,
        About(Group.REST, "with V1: the entry port, whose mapping the next POST replaces", "PORT", "8849"),
    ] = 8849
    jprofiler_port_name: Annotated[
        PortName,
        About(
            Group.REST,
            "with V1: the container port that is meant; a pod without one: its port --default-map-port",
            "NAME",
            "jprofiler_tcp",
        ),
    ] = "jprofiler-tcp"
    entry_api: Annotated[
        Local,
        About(
            Group.REST,
            "with V1: where the entry port leads to while nothing is mapped, a listener of the bot's own",
            "HOST:PORT",
            "127.0.0.1:3344",
        ),
    ] = LocalAddress(IPv4Address("127.0.0.1"), 3344)
    enable_v2: Annotated[
        Flag,
        About(Group.REST, "every Service of --allowed-namespaces with a port of the name --port-name gets a port here"),
    ] = False
    port_name: Annotated[PortName, About(Group.REST, "with V2: the Service's port", "NAME", "debug")] = "debug"
    port_range_start: Annotated[
        HighPort, About(Group.REST, "with V2: the first port for a Service", "PORT", "9000")
    ] = 9000
    port_range_end: Annotated[HighPort, About(Group.REST, "and the last one", "PORT", "9100")] = 9100
    v2_sources: Annotated[
        Networks,
        About(
            Group.REST,
            "with V2: who may connect to them",
            "CIDR,...",
            "10.8.0.0/16",
            "loopback, RFC 1918, fc00::/7",
        ),
    ] = PRIVATE_NETWORKS
    resync_time: Annotated[
        Seconds, About(Group.REST, "with V2: how often Services are listed anew, in seconds", "SECONDS", "600", "600")
    ] = timedelta(seconds=600)
    check_interval: Annotated[
        Seconds,
        About(Group.REST, "with V2: how often HAProxy tries each Service, in seconds", "SECONDS", "2", "2"),
    ] = timedelta(seconds=2)
    check_timeout: Annotated[
        Seconds, About(Group.REST, "and how long it waits for an answer, in seconds", "SECONDS", "15", "15")
    ] = timedelta(seconds=15)
    off_check: Annotated[Flag, About(Group.REST, "with V2: try no Service")] = False
    max_batch_size: Annotated[
        Batch, About(Group.REST, "with V2: how many Services are worked on together", "NUMBER", "50")
    ] = 50

    audit_keep: Annotated[
        Duration | None,
        About(
            Group.RECORD,
            "how long the record is kept, by whole months, and what was told of mappings that are over",
            "TIME",
            "400d",
            "for ever",
        ),
    ] = None
    audit_keep_addresses: Annotated[
        Duration, About(Group.RECORD, "how long addresses of callers are kept in it", "TIME", "30d")
    ] = timedelta(days=30)
    audit_head_channel: Annotated[
        ChannelId | None,
        About(
            Group.RECORD,
            "where the hash of its last entry is posted every day, out of reach of whoever has the database",
            "CHANNEL",
            "C024BE91L",
            "nowhere",
        ),
    ] = None
    digest_channel: Annotated[
        ChannelId | None,
        About(
            Group.RECORD,
            "where every Monday is told who had what in the week before",
            "CHANNEL",
            "C024BE91L",
            "nowhere",
        ),
    ] = None

    state_dir: Annotated[
        File,
        About(
            Group.PROCESS,
            "the database, and what HAProxy is started with",
            "FOLDER",
            "/var/lib/pod-proxier",
            "~/.local/state/pod-proxier",
        ),
    ] = Field(default_factory=state_home)
    database_url: Annotated[
        SecretStr | None,
        About(
            Group.PROCESS,
            "the database",
            "URL",
            "postgresql://USER:PASSWORD@HOST/NAME",
            "an SQLite file in --state-dir",
        ),
    ] = None
    listen_addr: Annotated[
        Ip,
        About(
            Group.PROCESS,
            "where /api, /health, /ready, /metrics and /slack/events listen",
            "ADDRESS",
            "127.0.0.1",
            "0.0.0.0 with --api-token-file, else 127.0.0.1",
        ),
    ] = IPv4Address("127.0.0.1")
    listen_port: Annotated[Port, About(Group.PROCESS, "and on which port", "PORT", "3343")] = 3343
    log_format: Annotated[
        ChosenFormat, About(Group.PROCESS, "how an event of the log is written", "text|json", "text")
    ] = LogFormat.TEXT
    log_level: Annotated[
        ChosenLevel, About(Group.PROCESS, "what the log holds", "debug|info|warning|error", "info")
    ] = LogLevel.INFO
    config: Annotated[
        File | None,
        About(Group.PROCESS, "a YAML file of these settings, by the flags' names without --", "FILE", "settings.yaml"),
    ] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls by these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look nowhere but where ``load`` says."""
        return (init_settings,)

    @model_validator(mode="before")
    @classmethod
    def _what_follows(cls, given: object) -> object:
        """Settle what hangs on something else where it was left out."""
        if not isinstance(given, dict):
            return given
        follows: dict[str, object] = {}
        if given.get("api_password") or given.get("api_password_file"):
            follows["gateway"] = GatewayKind.DATAPLANE
        if given.get("api_token_file"):
            follows["listen_addr"] = IPv4Address("0.0.0.0")
        return follows | given

    @property
    def service_ports(self) -> PortRange:
        """The ports that Services may get with V2."""
        return PortRange(self.port_range_start, self.port_range_end)

    @property
    def all_ports(self) -> Ports:
        """Every port that HAProxy leads somewhere: the mappings', V1's entry port, V2's range."""
        entry = [PortRange(self.default_map_port, self.default_map_port)] if self.enable_v1 else []
        return Ports.of(self.ports, *entry, *([self.service_ports] if self.enable_v2 else []))

    @property
    def runs_without_slack(self) -> bool:
        """Whether nothing of Slack was given, and there is something else to serve."""
        secrets = (
            self.slack_bot_token,
            self.slack_bot_token_file,
            self.slack_app_token,
            self.slack_app_token_file,
            self.slack_signing_secret,
            self.slack_signing_secret_file,
        )
        otherwise = self.enable_v1 or self.enable_v2 or self.api_token_file is not None
        return otherwise and all(secret is None for secret in secrets)

    @property
    def database(self) -> SecretStr:
        """The URL of the database; a secret, for it may hold a password."""
        return self.database_url or SecretStr(f"sqlite:///{self.state_dir / 'pod-proxier.db'}")

    @cached_property
    def advertised_host(self) -> str:
        """The host that people connect to; asks for this machine's full name where none was given, which may take."""
        return self.advertise_host or socket.getfqdn()

    def slack(self) -> SlackSettings:
        """What was chosen about Slack."""
        return SlackSettings(advertise=self.advertised_host, api_url=self.slack_api_url, transport=self.slack_transport)

    def api_password_kept(self) -> Kept:
        """Say where the Data Plane API's password is kept.

        Raises:
            BadSettings: nowhere, or in two places.
        """
        kept = Kept("POD_PROXIER_API_PASSWORD", self.api_password, self.api_password_file)
        kept.require_one("--gateway dataplane needs the API's password: --api-password-file FILE, or")
        return kept

    def token_source(self) -> TokenSource:
        """Return what reads Slack's secrets; files are read anew at each call.

        Raises:
            BadSettings: one that the transport needs is missing, or is given twice.
        """
        secrets = SlackSecrets(
            bot=Kept("SLACK_BOT_TOKEN", self.slack_bot_token, self.slack_bot_token_file),
            app=Kept("SLACK_APP_TOKEN", self.slack_app_token, self.slack_app_token_file),
            signing_secret=Kept("SLACK_SIGNING_SECRET", self.slack_signing_secret, self.slack_signing_secret_file),
        )
        secrets.check(self.slack_transport)
        return secrets.read
